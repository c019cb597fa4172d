import { z } from 'zod'
import { InvalidInput } from '../base/refusals.ts'

/**
 * What a person tells about themselves beyond name and address: the standard claims (OpenID Connect Core section 5.1),
 * under their own names. What is not told is not there.
 */
export interface Profile {
  given_name?: string
  family_name?: string
  middle_name?: string
  nickname?: string
  preferred_username?: string
  profile?: string
  picture?: string
  website?: string
  gender?: string
  birthdate?: string
  zoneinfo?: string
  locale?: string
  phone_number?: string
  /** As on the envelope of a letter, in lines (section 5.1.1). */
  address?: { formatted: string }
}

/** What changes: null or an empty text takes a claim away, what is not mentioned stays. */
export type ProfileUpdate = z.input<typeof profileUpdate>

const CONTROL = /\p{Cc}/gu

const line = (most: number) =>
  z
    .string('invalid')
    .transform(text => text.normalize('NFC').replace(CONTROL, ' ').trim())
    .pipe(z.string().max(most, 'too-long'))

/** Empty is as good as null. */
const claim = (schema: z.ZodType<string, string>) =>
  line(2000)
    .transform(text => (text === '' ? null : text))
    .pipe(z.union([z.null(), schema]).nullable())
    .nullish()

const checked = (most: number, fits: (text: string) => boolean) =>
  z.string().max(most, 'too-long').refine(fits, { error: 'invalid', abort: true })

const text = (most: number) => claim(z.string().max(most, 'too-long'))

/** http and https only: it becomes a link or a picture on other people's pages. */
const link = claim(checked(2000, address => /^https?:$/.test(URL.parse(address)?.protocol ?? '')))

const address = z
  .strictObject({
    formatted: z
      .string('invalid')
      .transform(text =>
        text
          .normalize('NFC')
          .replace(/\r\n?/g, '\n')
          .replace(/[^\P{Cc}\n]/gu, ' ')
          .trim(),
      )
      .pipe(z.string().max(500, 'too-long')),
  })
  .transform(({ formatted }) => (formatted === '' ? null : { formatted }))
  .nullish()

/** One schema for the page, the API and its description. */
export const profileUpdate = z.strictObject({
  name: text(200),
  given_name: text(100),
  family_name: text(100),
  middle_name: text(100),
  nickname: text(100),
  preferred_username: text(100),
  profile: link,
  picture: link,
  website: link,
  gender: text(40),
  birthdate: claim(checked(10, isBirthdate)),
  zoneinfo: claim(checked(64, isTimeZone)),
  locale: claim(checked(35, isLanguageTag)),
  phone_number: claim(checked(32, number => /^\+[1-9][\d ().-]{4,30}$/.test(number))),
  address,
})

/** The claims in the order in which people fill them in; `name` first, which has a column of its own. */
export const PROFILE_CLAIMS = Object.keys(profileUpdate.shape) as (keyof ProfileUpdate)[]

/** @throws InvalidInput naming every field that is wrong: `invalid`, `too-long`, `unknown` */
export function parseProfile(update: unknown): z.output<typeof profileUpdate> {
  const parsed = profileUpdate.safeParse(update)
  if (parsed.success) return parsed.data
  const fields: Record<string, string> = {}
  for (const issue of parsed.error.issues) {
    const [claim] = issue.path
    if (issue.code === 'unrecognized_keys' && claim === undefined) for (const key of issue.keys) fields[key] = 'unknown'
    else fields[String(claim ?? 'profile')] ??= issue.message === 'too-long' ? 'too-long' : 'invalid'
  }
  throw new InvalidInput(fields)
}

/** `YYYY-MM-DD`, `YYYY` alone, or `0000-MM-DD` where the year is nobody's business (OpenID Connect Core section 5.1). */
function isBirthdate(value: string): boolean {
  if (/^\d{4}$/.test(value)) return Number(value) >= 1800
  const [, year, rest] = /^(\d{4})-(\d\d-\d\d)$/.exec(value) ?? []
  if (!year || (year !== '0000' && Number(year) < 1800)) return false
  // 2000 had a 29 February.
  const date = `${year === '0000' ? '2000' : year}-${rest}`
  const parsed = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date)
}

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }) !== null && !/^[+-]/.test(value)
  } catch {
    return false
  }
}

function isLanguageTag(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1
  } catch {
    return false
  }
}
