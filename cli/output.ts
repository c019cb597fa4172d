import type { Io } from './io.ts'

type Row = Record<string, unknown>

/**
 * What a command answers: with --json one JSON document and nothing else, otherwise lines for people. Both come from
 * one summary, so that neither can say what the other does not.
 */
export class Output {
  readonly #io: Io
  readonly json: boolean

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.json = json
  }

  /** That something was done: a sentence, and for programs the summary of what it was done to. */
  done(summary: unknown, sentence: string): void {
    this.#answer(summary, () => `${printable(sentence)}\n`)
  }

  /** One thing: a line for each of its properties. */
  record(summary: Row, heading?: string): void {
    this.#answer(summary, () => (heading ? `${printable(heading)}\n\n` : '') + aligned(Object.entries(summary)))
  }

  /** Many things: a column for each of the named properties. */
  table(summaries: readonly Row[], columns: readonly string[], nothing: string): void {
    this.#answer(summaries, () => (summaries.length > 0 ? tabulated(summaries, columns) : `${nothing}\n`))
  }

  /** Text that is ready as it is. */
  text(summary: unknown, text: string): void {
    this.#answer(summary, () => text)
  }

  /** Beside the answer: for people, on standard error, also with --json. */
  note(text: string): void {
    this.#io.err(`${printable(text)}\n`)
  }

  #answer(summary: unknown, human: () => string): void {
    this.#io.out(this.json ? `${JSON.stringify(summary, null, 2)}\n` : human())
  }
}

/** `name  value` lines, the values under one another. */
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

/** `createdAt` is read as CREATED AT. */
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

/** What strangers have written may hold control characters, which would command the operator's terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, character => (character === '\n' ? character : '\ufffd'))
}
