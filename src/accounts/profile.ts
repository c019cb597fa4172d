import { z } from 'zod'
import { InvalidInput } from '../base/refusals.ts'
import { foldUsername, LONGEST_USERNAME, USERNAME_ADVICE, usernameProblem } from '../base/text/username.ts'

/**
 * What a person tells about themselves beyond name and address: the standard claims (OpenID Connect Core section 5.1),
 * under their own names. What is not told is not there.
 * `preferred_username` is the account's username.
 */
export interface Profile {
  given_name?: string
  family_name?: string
  middle_name?: string
  nickname?: string
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

/** How many characters each may have. */
export const PROFILE_LONGEST = {
  name: 200,
  given_name: 100,
  family_name: 100,
  middle_name: 100,
  nickname: 100,
  preferred_username: LONGEST_USERNAME,
  profile: 2000,
  picture: 2000,
  website: 2000,
  gender: 40,
  birthdate: 10,
  zoneinfo: 64,
  locale: 35,
  phone_number: 32,
  address: 500,
}

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
const link = claim(checked(PROFILE_LONGEST.website, address => /^https?:$/.test(URL.parse(address)?.protocol ?? '')))

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
      .pipe(z.string().max(PROFILE_LONGEST.address, 'too-long')),
  })
  .transform(({ formatted }) => (formatted === '' ? null : { formatted }))
  .nullish()

const username = z
  .string('invalid')
  .max(2000, 'too-long')
  .transform((text, check) => {
    const name = foldUsername(text)
    const problem = name === '' ? null : usernameProblem(name)
    if (problem) check.addIssue(problem)
    return name === '' ? null : name
  })
  .nullish()

/** One schema for the page, the API and its description. */
export const profileUpdate = z.strictObject({
  name: text(PROFILE_LONGEST.name),
  given_name: text(PROFILE_LONGEST.given_name),
  family_name: text(PROFILE_LONGEST.family_name),
  middle_name: text(PROFILE_LONGEST.middle_name),
  nickname: text(PROFILE_LONGEST.nickname),
  preferred_username: username,
  profile: link,
  picture: link,
  website: link,
  gender: text(PROFILE_LONGEST.gender),
  birthdate: claim(checked(PROFILE_LONGEST.birthdate, isBirthdate)),
  zoneinfo: claim(checked(PROFILE_LONGEST.zoneinfo, isTimeZone)),
  locale: claim(checked(PROFILE_LONGEST.locale, isLanguageTag)),
  phone_number: claim(checked(PROFILE_LONGEST.phone_number, number => /^\+[1-9][\d ().-]{4,30}$/.test(number))),
  address,
})

/** The claims in the order in which people fill them in; `name` first, which has a column of its own. */
export const PROFILE_CLAIMS = Object.keys(profileUpdate.shape) as (keyof ProfileUpdate)[]

/** @throws InvalidInput naming every field that is wrong: `invalid`, `too-long`, `unknown`, or a `UsernameProblem` */
export function parseProfile(update: unknown): z.output<typeof profileUpdate> {
  const parsed = profileUpdate.safeParse(update)
  if (parsed.success) return parsed.data
  const fields: Record<string, string> = {}
  for (const issue of parsed.error.issues) {
    const [claim] = issue.path
    if (issue.code === 'unrecognized_keys' && claim === undefined) for (const key of issue.keys) fields[key] = 'unknown'
    else fields[String(claim ?? 'profile')] ??= problemCode(issue)
  }
  throw new InvalidInput(fields, describeProblems(fields))
}

/** For operators: a username by what would be right, other fields by the word. */
export function describeProblems(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([field, word]) =>
    field === 'preferred_username' ? `username: ${USERNAME_ADVICE[word] ?? word}` : `${field}: ${word}`,
  )
  return lines.join('; ')
}

/** Our schemas say in one word what is wrong; what the library says by itself is `invalid`. */
export function problemCode({ message }: z.core.$ZodIssue): string {
  return /^[a-z-]+$/.test(message) ? message : 'invalid'
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
