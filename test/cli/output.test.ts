import test from 'ava'
import type { Io } from '../../cli/kit/io.ts'
import { type Format, Output } from '../../cli/kit/output.ts'
import { quietIo } from './command-line.ts'

function printed(format: Format, columns: number | undefined, print: (out: Output) => void): string {
  let text = ''
  const io: Io = {
    ...quietIo,
    columns,
    out: chunk => {
      text += chunk
    },
  }
  print(new Output(io, format))
  return text
}

const PEOPLE = [
  {
    email: 'ada@example.org',
    name: 'Augusta Ada King, Countess of Lovelace',
    id: '019dfb8e-7a5c-7d0a-a9a1-7f7bb0a5d6c4',
  },
  { email: 'grace@example.org', name: 'Grace', id: '019dfb8e-7a5c-7d0a-a9a1-7f7bb0a5d6c5' },
]
const table = (out: Output) => out.table(PEOPLE, ['email', 'name', 'id'], 'No people.')

test('a table fits the terminal, and keeps what the next command needs', t => {
  const lines = printed('text', 75, table).trimEnd().split('\n')
  t.true(lines.every(line => line.length <= 75))
  t.regex(lines[1]!, / Augusta Ada King,… /)
  for (const { email, id } of PEOPLE) t.true(lines.some(line => line.startsWith(email) && line.endsWith(id)))
})

test('a table that is not for a terminal, or that fits, is not shortened', t => {
  for (const columns of [undefined, 200]) {
    const text = printed('text', columns, table)
    t.true(text.includes('Augusta Ada King, Countess of Lovelace'))
    t.false(text.includes('…'))
  }
})

test('a terminal that is too narrow for everything still shows every column', t => {
  const lines = printed('text', 20, table).trimEnd().split('\n')
  t.regex(lines[1]!, /^ada@example\.org +Augusta… +019dfb8e-7a5c-7d0a-a9a1-7f7bb0a5d6c4$/)
})

test('--jsonl prints a line for each thing of a list, and one line for anything else', t => {
  t.deepEqual(
    printed('jsonl', 20, table)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
    PEOPLE,
  )
  t.is(
    printed('jsonl', undefined, out => out.table([], ['email'], 'No people.')),
    '',
  )
  t.is(
    printed('jsonl', undefined, out => out.done({ id: 'x', nested: { a: 1 } }, 'Done.')),
    '{"id":"x","nested":{"a":1}}\n',
  )
})
