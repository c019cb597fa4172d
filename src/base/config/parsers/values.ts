import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'

/** Schemas for the texts of variables, described as the documentation does. Their messages never contain the text. */

export const DURATION = 'seconds, or a number with s, m, h or d'

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'not a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `less than ${least}`).max(most, `more than ${most}`))
    .describe(`a whole number from ${least} to ${most}`)

export const port = wholeNumber(1, 65535)

export const portOrOff = z.union([z.literal('off').transform(() => null), port], 'neither a port nor off')

const ALTERNATIVES = new Intl.ListFormat('en-GB', { type: 'disjunction' })

export const oneOf = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z.enum(words, 'not one of the allowed values').describe(ALTERNATIVES.format(words))

const either = (yes: string, no: string) =>
  z
    .enum([yes, no], `neither ${yes} nor ${no}`)
    .transform(word => word === yes)
    .describe(`${yes} or ${no}`)

export const onOrOff = either('on', 'off')

export const flag = either('true', 'false')

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Parses `600`, `30s`, `10m`, `2h` or `14d` to seconds; undefined for any other text. */
export function seconds(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? []
  return digits == null ? undefined : Number(digits) * SECONDS[unit as keyof typeof SECONDS]
}

export const duration = (least: string, most: string) =>
  z
    .string()
    .transform((text, check) => {
      const length = seconds(text)
      if (length == null) check.addIssue('not a duration')
      else if (length < (seconds(least) ?? 0)) check.addIssue(`shorter than ${least}`)
      else if (length > (seconds(most) ?? 0)) check.addIssue(`longer than ${most}`)
      else return length
      return z.NEVER
    })
    .describe(`${DURATION}; ${least === '0' ? 'up' : `from ${least}`} to ${most}`)

export const durationOrOff = (least: string, most: string) =>
  z
    .union(
      [z.literal('off').transform(() => null), duration(least, most)],
      'neither a duration within the limits nor off',
    )
    .describe(`${DURATION}; from ${least} to ${most}; or off`)

export interface Rate {
  points: number
  /** Seconds in which an empty bucket refills, evenly. */
  duration: number
}

/** A number and the duration in which it refills: `10/15m`. */
export const rate = z
  .string()
  .transform((text, check): Rate => {
    const [, digits, length = ''] = /^(\d{1,7})\/(.+)$/.exec(text) ?? []
    const [points, duration] = [Number(digits), seconds(length)]
    if (digits == null || duration == null) check.addIssue('not a number, a slash and a duration')
    else if (points < 1 || duration < 1) check.addIssue('both parts must be at least 1')
    else return { points, duration }
    return z.NEVER
  })
  .describe('a number, a slash and a duration')

/** Names with an age in seconds each: `sign-in.=180d,client.removed=365d`, or `off`. */
export const retentionRules = z
  .string()
  .transform((text, check) => {
    if (text === 'off') return []
    return text.split(',').map(rule => {
      const [, name, age = ''] = /^\s*([a-z.-]+)=(\d{1,6}d)\s*$/.exec(rule) ?? []
      const length = seconds(age)
      if (name && length) return { name, age: length }
      check.addIssue('not a list of names, each with = and a number of days')
      return z.NEVER
    })
  })
  .describe('names of audit events, each with = and a number of days (`sign-in.=180d`), separated by commas; or off')

/** Role names, or `none`. */
export const roleNames = z
  .string()
  .transform(text => (text === 'none' ? [] : text.split(',').map(name => name.trim())))
  .refine(names => names.every(name => /^[a-z0-9][a-z0-9._:-]{0,62}$/.test(name)), 'contains an invalid role name')

/** A folder that may not exist yet; relative to the working directory. */
export const folder = z.string().transform(path => resolve(path))

export const existingFolder = folder.refine(
  path => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  'the folder does not exist',
)

/** Argon2 parameters in the notation of a PHC string: memory in KiB, passes, parallelism. */
export const argon2Parameters = z.string().transform((text, check) => {
  const [, m, t, p] = /^m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})$/.exec(text) ?? []
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)]
  if (m == null) check.addIssue('not of the form m=…,t=…,p=…')
  else if (passes < 1 || parallelism < 1) check.addIssue('t and p must be at least 1')
  else if (memory < 8 * parallelism || memory > 4_194_304) check.addIssue('m is out of range')
  else return { memory, passes, parallelism }
  return z.NEVER
})
