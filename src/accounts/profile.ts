import { z } from 'zod'
import { InvalidInput } from '../base/refusals.ts'
import { foldUsername, LONGEST_USERNAME, USERNAME_ADVICE, usernameProblem } from '../base/text/username.ts'

/** A text on one line: control characters, including line breaks, become spaces. */
export function onOneLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
}

type Values = z.output<typeof profileUpdate>

/**
 * The standard claims of an account (OpenID Connect Core section 5.1) beyond name and email, by their standard names.
 * `preferred_username` is the account's username. Claims that are not set are absent.
 */
export type Profile = {
  [Claim in Exclude<keyof Values, 'name' | 'preferred_username'>]?: NonNullable<Values[Claim]>
}

/** A change of a profile: null or an empty text removes a claim, claims that are absent stay as they are. */
export type ProfileUpdate = z.input<typeof profileUpdate>

/** The maximum length of each claim, in characters. */
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

/** A line of text; empty means null. */
function claim(name: keyof typeof PROFILE_LONGEST, isValid: (text: string) => boolean = () => true) {
  return z
    .string('invalid')
    .transform(text => onOneLine(text) || null)
    .pipe(
      z
        .string()
        .max(PROFILE_LONGEST[name], { error: 'too-long', abort: true })
        .refine(isValid, { error: 'invalid', abort: true })
        .nullable(),
    )
    .nullish()
}

/** http and https only: other people see it as a link or a picture. */
const isLink = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '')

/** Several lines, as on an envelope (section 5.1.1). */
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

/** Used by the page, the API and its OpenAPI document. */
export const profileUpdate = z.strictObject({
  name: claim('name'),
  given_name: claim('given_name'),
  family_name: claim('family_name'),
  middle_name: claim('middle_name'),
  nickname: claim('nickname'),
  preferred_username: username,
  profile: claim('profile', isLink),
  picture: claim('picture', isLink),
  website: claim('website', isLink),
  gender: claim('gender'),
  birthdate: claim('birthdate', isBirthdate),
  zoneinfo: claim('zoneinfo', isTimeZone),
  locale: claim('locale', isLanguageTag),
  phone_number: claim('phone_number', number => /^\+[1-9][\d ().-]{4,30}$/.test(number)),
  address,
})

/** In the order in which people fill them in. `name` is a column of its own. */
export const PROFILE_CLAIMS = Object.keys(profileUpdate.shape) as [keyof ProfileUpdate, ...(keyof ProfileUpdate)[]]

/** @throws InvalidInput naming every field that is wrong: `invalid`, `too-long`, `unknown`, or a `UsernameProblem` */
export function parseProfile(update: unknown): Values {
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

/** For operators: what a username must look like; for other fields, the code of the problem. */
export function describeProblems(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([field, code]) =>
    field === 'preferred_username' ? `username: ${USERNAME_ADVICE[code] ?? code}` : `${field}: ${code}`,
  )
  return lines.join('; ')
}

/** The messages of our schemas are codes, or explain to operators; the library's own, in capitals, become `invalid`. */
export function problemCode({ message }: z.core.$ZodIssue): string {
  return /^[A-Z]/.test(message) ? 'invalid' : message
}

/** `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD` without the year (OpenID Connect Core section 5.1). */
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
  return !/^[+-]/.test(value) && succeeds(() => new Intl.DateTimeFormat('en', { timeZone: value }))
}

function isLanguageTag(value: string): boolean {
  return succeeds(() => Intl.getCanonicalLocales(value))
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
