import test from 'ava'
import { deviceName, deviceOf } from '../../src/base/text/user-agent.ts'
import { EDGE, FIREFOX, SAFARI } from '../support/user-agents.ts'

const name = (userAgent: string | null) => deviceName(deviceOf(userAgent))

const known: [userAgent: string | null, name: string][] = [
  [FIREFOX, 'Firefox on Linux'],
  [SAFARI, 'Safari on iOS'],
  [EDGE, 'Microsoft Edge on Windows'],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari on macOS',
  ],
  ['curl/8.5.0', 'curl'],
  ['PostmanRuntime/7.1', 'PostmanRuntime'],
  ['Mozilla/5.0', ''],
  ['', ''],
  [' \r\n\t ', ''],
  [null, ''],
]
test('browsers and systems have names that people recognize', t => {
  for (const [userAgent, said] of known) t.is(name(userAgent), said, String(userAgent))
})

test('A-08: any User-Agent gives a short name without control characters, quickly', t => {
  const hostile = [
    '<script>alert(1)</script>/1.0',
    'constructor',
    '__proto__/1',
    'a\u001b[2J\r\nb/1',
    '\u202egpj.exe/1',
    'x'.repeat(100_000),
    `Mozilla/5.0 (${'('.repeat(50_000)}`,
    `Mozilla/5.0 (X11; Linux) ${'Version/1.0 '.repeat(10_000)} Firefox/`,
    `Opera ${' '.repeat(50_000)}x`,
  ]
  for (const userAgent of hostile) {
    const before = process.threadCpuUsage()
    const said = name(userAgent)
    const { user, system } = process.threadCpuUsage(before)
    t.true(user + system < 100_000, userAgent.slice(0, 40))
    t.regex(said, /^[\w .-]{0,80}$/, userAgent.slice(0, 40))
  }
})
