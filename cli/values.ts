import { InvalidArgumentError } from 'commander'
import { seconds } from '../src/base/config/values.ts'
import { usageError } from './failures.ts'

/** How the values of options are read; what is wrong with one is told under the option's name. */

/** What an option says to take back what was said before. Commander would make an empty text of null. */
export const NOTHING = Symbol('nothing')

/** `120`, `2m`, `14d`: seconds. `default` takes back what was said before. */
export function lifetime(text: string): number | typeof NOTHING {
  if (text === 'default') return NOTHING
  const length = seconds(text)
  if (length === undefined) throw new InvalidArgumentError('Give seconds, or a number with s, m, h or d, or "default".')
  return length
}

/** A text, or `none` for none. */
export function textOrNone(text: string): string | typeof NOTHING {
  return text === 'none' ? NOTHING : text
}

/** As nouns have it. */
export function orNull<T>(value: T | typeof NOTHING): T | null {
  return value === NOTHING ? null : value
}

export function count(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1000) {
    throw new InvalidArgumentError('Give a whole number from 1 to 1000.')
  }
  return number
}

/** An option that may be there several times. */
export function repeated(text: string, before: string[] = []): string[] {
  return [...before, text]
}

interface ListChange<T> {
  /** The whole list anew. */
  set?: readonly T[] | undefined
  add?: readonly T[] | undefined
  /** By name. */
  remove?: readonly string[] | undefined
}

/**
 * A list after what the options say; undefined where they say nothing. Two items of one name are one, the later.
 * @throws CliError where something is to be removed that is not there
 */
export function changed<T extends string | { name: string }>(
  current: readonly T[],
  { set, add = [], remove = [] }: ListChange<T>,
): T[] | undefined {
  if (!set && add.length + remove.length === 0) return undefined
  const nameOf = (item: T) => (typeof item === 'string' ? item : item.name)
  const items = new Map([...(set ?? current), ...add].map(item => [nameOf(item), item]))
  for (const name of remove) {
    if (!items.delete(name)) throw usageError(`${JSON.stringify(name)} is not there to be removed`)
  }
  return [...items.values()]
}

export function portNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new InvalidArgumentError('Give a port from 1 to 65535.')
  return number
}
