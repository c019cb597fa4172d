import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { seconds } from '../../src/base/config/parsers/values.ts'
import { usageError } from './failures.ts'

/** How the values of options are read. Errors are reported under the name of the option. */

/** The value of an option that unsets what was set before. Commands get null: `Verb.opts` replaces it. */
export const NOTHING = Symbol('nothing')

const DAY_MS = 86_400_000
/** RFC 3339, also without seconds. */
const MOMENT = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })])

/** `120`, `2m`, `14d`, in seconds; `default` unsets it. */
export function lifetime(text: string): number | typeof NOTHING {
  if (text === 'default') return NOTHING
  const length = seconds(text)
  if (length === undefined)
    throw new InvalidArgumentError('Expected seconds, a number with s, m, h or d, or "default".')
  return length
}

/** `on` or `off`; `default` unsets it. */
export function onOff(text: string): boolean | typeof NOTHING {
  if (text === 'default') return NOTHING
  if (text === 'on' || text === 'off') return text === 'on'
  throw new InvalidArgumentError('Expected on, off or default.')
}

/** `120`, `2m`, `14d`, in seconds. */
export function duration(text: string): number {
  const length = seconds(text)
  if (length === undefined) throw new InvalidArgumentError('Expected seconds, or a number with s, m, h or d.')
  return length
}

/** `8h` or `30d` from now, a day (its end in UTC), or a time with its zone; `none` unsets it. */
export function future(text: string): Date | typeof NOTHING {
  if (text === 'none') return NOTHING
  const length = /[smhd]$/.test(text) ? seconds(text) : undefined
  if (length !== undefined) return new Date(Date.now() + length * 1000)
  if (z.iso.date().safeParse(text).success) return new Date(Date.parse(text) + DAY_MS)
  if (MOMENT.safeParse(text).success) return new Date(text)
  throw new InvalidArgumentError(
    'Expected 8h, 30d, a day such as 2027-01-31, a time such as 2027-01-31T18:00Z, or "none".',
  )
}

/** `8h` or `30d` ago, a day (its start in UTC), or a time with its zone. */
export function past(text: string): Date {
  const length = /[smhd]$/.test(text) ? seconds(text) : undefined
  if (length !== undefined) return new Date(Math.max(0, Date.now() - length * 1000))
  if (z.iso.date().safeParse(text).success || MOMENT.safeParse(text).success) return new Date(text)
  throw new InvalidArgumentError('Expected 8h, 30d, a day such as 2027-01-31, or a time such as 2027-01-31T18:00Z.')
}

/** A text; `none` unsets it. */
export function textOrNone(text: string): string | typeof NOTHING {
  return text === 'none' ? NOTHING : text
}

const wholeNumber = (most: number) => (text: string) => {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`)
}

export const count = wholeNumber(1000)
export const portNumber = wholeNumber(65_535)

/** An option that may be given several times. */
export function repeated(text: string, before: string[] = []): string[] {
  return [...before, text]
}

interface ListChange<T> {
  /** Replaces the whole list. */
  set?: readonly T[] | undefined
  add?: readonly T[] | undefined
  /** By name. */
  remove?: readonly string[] | undefined
}

/**
 * A list after the changes that the options ask for; undefined where they ask for none. Of two items with one name the
 * later one counts.
 * @throws CliError where an item to remove is not in the list
 */
export function changed<T extends string | { name: string }>(
  current: readonly T[],
  { set, add = [], remove = [] }: ListChange<T>,
): T[] | undefined {
  if (!set && add.length + remove.length === 0) return undefined
  const nameOf = (item: T) => (typeof item === 'string' ? item : item.name)
  const items = new Map([...(set ?? current), ...add].map(item => [nameOf(item), item]))
  for (const name of remove) {
    if (!items.delete(name)) throw usageError(`cannot remove ${JSON.stringify(name)}: it is not in the list`)
  }
  return [...items.values()]
}

/** The object without the members that are undefined. */
export function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
