import { globSync, readFileSync } from 'node:fs'
import test from 'ava'

const ROOT = new URL('../../', import.meta.url).pathname

test('a test that moves a clock that its file shares is serial, so time does not jump in tests beside it', t => {
  const jumps = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap(file => {
    const text = readFileSync(ROOT + file, 'utf8')
    const clocks = [...text.matchAll(/^const (\w+) = new (?:Stopped|Moving)Clock\(/gm)].map(([, name]) => name)
    // A test ends where the next test or the next statement of the file begins.
    const statements = text.split(/\n(?=\w| *test[.(])/)
    const moves = (statement: string) =>
      /new TimeTravel\(/.test(statement) || clocks.some(clock => statement.includes(`${clock}.advance(`))
    return statements
      .filter(statement => /^ *test\(/.test(statement) && moves(statement))
      .map(statement => `${file}: ${statement.trim().slice(0, 80)}`)
  })
  t.deepEqual(jumps, [])
})
