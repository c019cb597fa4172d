import type { Io } from './io.ts'

type Row = Record<string, unknown>

/** `jsonl`: a line of JSON for each thing of a list. */
export type Format = 'text' | 'json' | 'jsonl'

/** Prints the answer of a command: JSON with --json or --jsonl, lines for people otherwise. All contain the same. */
export class Output {
  readonly #io: Io
  readonly #format: Format

  constructor(io: Io, format: Format) {
    this.#io = io
    this.#format = format
  }

  get json(): boolean {
    return this.#format !== 'text'
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
    this.#answer(rows, () => (rows.length > 0 ? tabulated(rows, columns, this.#io.columns) : `${nothing}\n`))
  }

  /** One of several things that are printed as they come; JSON is a line for each. */
  line(thing: object, text: string): void {
    this.#io.out(this.#format === 'text' ? `${printable(text).replaceAll('\n', ' ')}\n` : jsonOf(thing, 'jsonl'))
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
    this.#io.out(this.#format === 'text' ? human() : jsonOf(thing, this.#format))
  }
}

function jsonOf(thing: object, format: 'json' | 'jsonl'): string {
  if (format === 'json') return `${JSON.stringify(summaryOf(thing), null, 2)}\n`
  const things: object[] = Array.isArray(thing) ? thing : [thing]
  return things.map(each => `${JSON.stringify(summaryOf(each))}\n`).join('')
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

/** @param width of the terminal: wide columns are shortened to fit it; undefined where nothing needs to fit */
function tabulated(rows: readonly Row[], columns: readonly string[], width = Number.POSITIVE_INFINITY): string {
  const lines = [columns.map(heading), ...rows.map(row => columns.map(column => cell(row[column])))]
  const natural = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  const widths = fitting(natural, columns, width)
  const shown = (text: string, most = 0) => (text.length > most ? `${text.slice(0, most - 1)}…` : text.padEnd(most))
  return lines
    .map(
      line =>
        `${line
          .map((text, index) => shown(text, widths[index]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const LEAST = 8

/** Takes from the widest columns first. What is typed into the next command stays whole: IDs and the first column. */
function fitting(natural: readonly number[], columns: readonly string[], width: number): number[] {
  const widths = [...natural]
  const shrinks = columns.map((column, index) => index > 0 && !/^(id|kid|key)$/.test(column))
  const total = () => widths.reduce((sum, each) => sum + each, 2 * (widths.length - 1))
  while (total() > width) {
    const widest = widths.reduce(
      (best, each, index) => (shrinks[index] && each > (widths[best] ?? 0) ? index : best),
      -1,
    )
    if (widest < 0 || widths[widest]! <= LEAST) break
    widths[widest]!--
  }
  return widths
}

/** `createdAt` becomes CREATED AT. */
function heading(column: string): string {
  return column.replace(/([A-Z])/g, ' $1').toUpperCase()
}

function cell(value: unknown): string {
  if (value == null || value === '') return '-'
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'invalid'
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
