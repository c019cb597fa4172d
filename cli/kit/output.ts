import type { Io } from './io.ts'

type Row = Record<string, unknown>

/** Prints the answer of a command: one JSON document with --json, lines for people otherwise. Both contain the same. */
export class Output {
  readonly #io: Io
  readonly json: boolean

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.json = json
  }

  /** A sentence about what was done; with --json the thing it was done to. */
  done(thing: object, sentence: string): void {
    this.#answer(thing, () => `${printable(sentence)}\n`)
  }

  /** One thing: a line for each value, also for nested ones, such as `policy.domains  example.com`. */
  record(thing: object, heading?: string): void {
    const entries = Object.entries(summaryOf(thing)).flatMap(([name, value]) => flattened(name, value))
    this.#answer(thing, () => (heading ? `${printable(heading)}\n\n` : '') + aligned(entries))
  }

  /** Many things: a column for each named property. */
  table(things: readonly object[], columns: readonly string[], nothing: string): void {
    const rows = things.map(summaryOf)
    this.#answer(rows, () => (rows.length > 0 ? tabulated(rows, columns) : `${nothing}\n`))
  }

  /** Text that is already formatted. */
  text(thing: object, text: string): void {
    this.#answer(thing, () => text)
  }

  /** A note for people on standard error, also with --json. */
  note(text: string): void {
    this.#io.err(`${printable(text)}\n`)
  }

  #answer(thing: object, human: () => string): void {
    this.#io.out(this.json ? `${JSON.stringify(summaryOf(thing), null, 2)}\n` : human())
  }
}

/** What is shown of a thing: what its `summary()` returns, where it has one, or all of it. */
function summaryOf(thing: object): Row {
  return 'summary' in thing && thing.summary instanceof Function ? thing.summary() : (thing as Row)
}

/** `name  value` lines with aligned values. */
export function aligned(entries: readonly (readonly [string, unknown])[], indent = '  '): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${cell(value)}\n`).join('')
}

function flattened(name: string, value: unknown): [string, unknown][] {
  const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  if (!nested) return [[name, value]]
  const inner = Object.entries(value).flatMap(([member, each]) => flattened(`${name}.${member}`, each))
  return inner.length > 0 ? inner : [[name, null]]
}

function tabulated(rows: readonly Row[], columns: readonly string[]): string {
  const lines = [columns.map(heading), ...rows.map(row => columns.map(column => cell(row[column])))]
  const widths = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  const padded = (line: string[]) => line.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ')
  return lines.map(line => `${padded(line).trimEnd()}\n`).join('')
}

/** `createdAt` becomes CREATED AT. */
function heading(column: string): string {
  return column.replace(/([A-Z])/g, ' $1').toUpperCase()
}

function cell(value: unknown): string {
  if (value == null || value === '') return '-'
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, 'Z')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length > 0 ? value.map(cell).join(', ') : '-'
  if (typeof value === 'object' && 'name' in value) return cell(value.name)
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll('\n', ' ')
}

/** Text from users may hold control characters, which could control the operator's terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, character => (character === '\n' ? character : '\ufffd'))
}
