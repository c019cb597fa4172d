import { createHash } from 'node:crypto'
import unhomoglyph from 'unhomoglyph'
import { RESERVED_USERNAMES } from './reserved-usernames.ts'

/** Checks which usernames are valid, and which ones people could confuse. */

export const SHORTEST_USERNAME = 2
export const LONGEST_USERNAME = 32

type UsernameProblem = 'too-short' | 'too-long' | 'characters' | 'mixed-scripts' | 'separators' | 'reserved'

/** Advice for operators; pages have their own texts. */
export const USERNAME_ADVICE: Readonly<Record<string, string>> = {
  'too-short': `must have at least ${SHORTEST_USERNAME} characters`,
  'too-long': `must have at most ${LONGEST_USERNAME} characters`,
  characters: 'only letters, digits and . _ - are allowed',
  'mixed-scripts': 'use letters of one alphabet only, such as Latin or Cyrillic',
  separators: 'begin and end with a letter or digit, and put only one of . _ - between two of them',
  reserved: 'reserved; choose another one',
  taken: 'taken, or too similar to a username that is or was recently taken',
  'too-often': 'changed too often; wait until an earlier username is released',
}

/** The recommended scripts (UAX 31, table 5). `COMBINED` has the sets of scripts that one language mixes. */
const SCRIPTS = [
  ...['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Thaana', 'Ethiopic', 'Devanagari'],
  ...['Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Thai', 'Lao'],
  ...['Tibetan', 'Myanmar', 'Khmer'],
].map(name => new RegExp(`^[\\p{Script=${name}}0-9._-]*$`, 'u'))
const COMBINED = [
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー0-9._-]*$/u,
  /^[\p{Script=Han}\p{Script=Bopomofo}0-9._-]*$/u,
  /^[\p{Script=Han}\p{Script=Hangul}0-9._-]*$/u,
]

/** The canonical form: NFKC, lower case. Applications receive this form. */
export function foldUsername(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** @param name folded @returns what is wrong with it, or null */
export function usernameProblem(name: string): UsernameProblem | null {
  const { length } = [...name]
  if (length < SHORTEST_USERNAME) return 'too-short'
  if (length > LONGEST_USERNAME) return 'too-long'
  if (/[^\p{L}\p{M}0-9._-]/u.test(name)) return 'characters'
  if (/^[._-]|[._-]$|[._-]{2}/.test(name)) return 'separators'
  if (![...SCRIPTS, ...COMBINED].some(script => script.test(name))) return 'mixed-scripts'
  return RESERVED.has(skeleton(name).replace(/[._-]/g, '')) ? 'reserved' : null
}

/** The folded username; null if the text is not a username, in which case a sign-in continues without an account. */
export function parseUsername(text: string): string | null {
  const name = foldUsername(text)
  return usernameProblem(name) === null ? name : null
}

/**
 * A digest that is equal for all names that people could confuse; only for comparing. It is stored in the database, so
 * a change of its source data (unhomoglyph is pinned) needs a migration.
 * @param name folded
 */
export function usernameDigest(name: string): string {
  return createHash('sha256').update(skeleton(name)).digest('hex')
}

/** Scripts whose accents people overlook. In other scripts, an accent makes another character. */
const ACCENTED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u

/** Small capitals. UTS 39 maps characters to them that look like Latin ones only in upper case, such as в. */
const CAPITALS: Readonly<Record<string, string>> = {
  ...{ ᴀ: 'a', ʙ: 'b', ᴄ: 'c', ᴅ: 'd', ᴇ: 'e', ɢ: 'g', ʜ: 'h', ɪ: 'i', ᴊ: 'j', ĸ: 'k', ᴋ: 'k', ʟ: 'l', ᴍ: 'rn' },
  ...{ ʍ: 'rn', ɴ: 'n', ᴏ: 'o', ᴘ: 'p', ʀ: 'r', ᴛ: 't', ᴜ: 'u', ᴠ: 'v', ᴡ: 'w', ʏ: 'y', ᴢ: 'z' },
}

/** The skeleton of UTS 39, section 4, over the folded name; also without accents, and with capitals that look alike. */
function skeleton(name: string): string {
  const bare = (text: string) => (ACCENTED.test(name) ? text.normalize('NFD').replace(/\p{Mn}/gu, '') : text)
  const folded = bare(name.toUpperCase().toLowerCase().normalize('NFD'))
  return bare(unhomoglyph(folded).toLowerCase().normalize('NFD'))
    .replace(/./gu, each => CAPITALS[each] ?? each)
    .replaceAll('vv', 'w')
}

const RESERVED = new Set(RESERVED_USERNAMES.map(skeleton))
