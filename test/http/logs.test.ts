import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import test from 'ava'

test('P-07: no password, token, code, cookie or key is logged, even at level trace', async t => {
  const child = fork(fileURLToPath(new URL('logs-child.ts', import.meta.url)), { silent: true })
  const output = Promise.all([text(child.stdout!), text(child.stderr!)])
  const message = once(child, 'message') as Promise<[Record<string, string>]>
  const [secrets] = await Promise.race([
    message,
    once(child, 'exit').then(async () => t.fail((await output).join('\n'))),
  ])
  const logged = (await output).join('\n')

  t.true(Object.keys(secrets).length > 20)
  for (const [name, secret] of Object.entries(secrets)) {
    t.true(secret.length >= 7, name)
    for (const spelling of [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+')])
      t.false(logged.includes(spelling), `${name} is in the log`)
  }
  // The log is not empty.
  for (const word of ['request was refused', 'invalid_grant', 'requestId']) t.true(logged.includes(word), word)
})
