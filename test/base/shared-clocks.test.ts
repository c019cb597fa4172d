import { globSync, readFileSync } from 'node:fs'
import test from 'ava'

const ROOT = new URL('../../', import.meta.url).pathname

test('a test that moves a clock that its file shares is serial, so time does not jump in tests beside it', t => {
  const jumps = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap(file => {
    const text = readFileSync(ROOT + file, 'utf8')
    const clocks = [...text.matchAll(/^const (\w+) = new (?:Stopped|Moving)Clock\(/gm)].map(([, name]) => name)
    // A statement begins at the start of a line; only those after `test(` may run beside others.
    const concurrent = text.split(/\n(?=\w)/).filter(statement => statement.startsWith('test('))
    if (concurrent.length < 2) return []
    return concurrent
      .filter(statement => clocks.some(clock => statement.includes(`${clock}.advance(`)))
      .map(statement => `${file}: ${statement.slice(0, 80)}`)
  })
  t.deepEqual(jumps, [])
})
