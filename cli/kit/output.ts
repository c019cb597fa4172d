import type { Io } from './io.ts'

type Row = Record<string, unknown>

/**
 * Prints the answer of a command: one JSON document with --json, lines for people otherwise. Both come from one summary,
 * so that they contain the same.
 */
export class Output {
  readonly #io: Io
  readonly json: boolean

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.json = json
  }

  /** A sentence about what was done; with --json the summary of the thing it was done to. */
  done(summary: unknown, sentence: string): void {
    this.#answer(summary, () => `${printable(sentence)}\n`)
  }

  /** One thing: a line for each property. */
  record(summary: Row, heading?: string): void {
    this.#answer(summary, () => (heading ? `${printable(heading)}\n\n` : '') + aligned(Object.entries(summary)))
  }

  /** Many things: a column for each named property. */
  table(summaries: readonly Row[], columns: readonly string[], nothing: string): void {
    this.#answer(summaries, () => (summaries.length > 0 ? tabulated(summaries, columns) : `${nothing}\n`))
  }

  /** Text that is already formatted. */
  text(summary: unknown, text: string): void {
    this.#answer(summary, () => text)
  }

  /** A note for people on standard error, also with --json. */
  note(text: string): void {
    this.#io.err(`${printable(text)}\n`)
  }

  #answer(summary: unknown, human: () => string): void {
    this.#io.out(this.json ? `${JSON.stringify(summary, null, 2)}\n` : human())
  }
}

/** `name  value` lines with aligned values. */
export function aligned(entries: readonly (readonly [string, unknown])[], indent = '  '): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${cell(value)}\n`).join('')
}

function tabulated(rows: readonly Row[], columns: readonly string[]): string {
  const lines = [columns.map(heading), ...rows.map(row => columns.map(column => cell(row[column])))]
  const widths = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  return lines
    .map(line => `${line.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
    .concat('\n')
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
