import { randomInt } from 'node:crypto'
import { asciiDigits } from './digits.ts'

/**
 * Codes that people read in one place and type in another. The alphabet is Crockford's base32, which has no two
 * characters that look alike; each character holds five bits.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function newCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** The code as it is displayed: `7QJK-2M9F`. */
export function inGroups(code: string): string {
  return code.match(/.{4}/g)!.join('-')
}

/** The digits of a code, however it was typed or pasted. Digits of any script count; other characters are dropped. */
export function normalizeDigits(typed: string): string {
  return asciiDigits(typed.normalize('NFKC')).replace(/[^0-9]/g, '')
}

/** Restores a code, however it was typed: lower case, dashes, spaces, O for 0, I or L for 1, digits of any script. */
export function normalizeCode(typed: string): string {
  return asciiDigits(typed.normalize('NFKC'))
    .toUpperCase()
    .replace(/[^\p{L}0-9]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
}
