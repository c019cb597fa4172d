/** A mistake in the configuration, in words for the operator. Contains no secret. */
export interface Mistake {
  /** The variable or file with the mistake. */
  name: string
  problem: string
  /** The given value, already masked. */
  given?: string
  expected?: string
  /** A whole line, `NAME=value`. */
  example?: string
}

/** All mistakes of a configuration in one message. */
export class ConfigError extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    super([`The configuration has ${count}.`, ...mistakes.map(paragraph)].join('\n\n'))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

function paragraph({ name, problem, given, expected, example }: Mistake): string {
  const lines = [`${name}: ${problem}`]
  if (given != null) lines.push(`  given:    ${given}`)
  if (expected != null) lines.push(`  expected: ${expected}`)
  if (example != null) lines.push(`  example:  ${example}`)
  return lines.join('\n')
}

/** Which part of a value is secret: all of it, or the user and password inside an address. */
export type Secrecy = 'whole' | 'credentials'

/**
 * The part of an invalid value that a message may show. An invalid address may have been split in the wrong place, so
 * its host is shown only if a single `@` leaves no doubt about which part is the password.
 */
export function masked(value: string, secrecy?: Secrecy): string {
  const hidden = `${value.length} characters, not shown`
  if (secrecy === 'whole') return hidden
  if (secrecy == null && !value.includes('@')) return quoted(value)
  const clear = /^([a-z][a-z0-9+]*:\/\/)[^@/?#\s]*@([^@?#\s]*)$/i.exec(value)
  if (clear) return quoted(`${clear[1]}***@${clear[2]}`)
  const scheme = /^[a-z][a-z0-9+]*:\/\//i.exec(value)
  return scheme ? `${quoted(`${scheme[0]}…`)} (${hidden})` : hidden
}

function quoted(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value)
}

export const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The code of a system error, such as ENOENT. */
export const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
