import { randomInt } from 'node:crypto'
import { asciiDigits } from './digits.ts'

/**
 * Codes that people read in one place and type in another. Crockford's base32: of characters that look alike one each,
 * five bits a character.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function newCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** As it is shown: `7QJK-2M9F`. */
export function inGroups(code: string): string {
  return code.match(/.{4}/g)!.join('-')
}

/** A code of digits alone, however it was typed or pasted: digits of any script, and nothing else of it. */
export function normalizeDigits(typed: string): string {
  return asciiDigits(typed.normalize('NFKC')).replace(/[^0-9]/g, '')
}

/** The code again, however it was typed: lower case, dashes, spaces, O for 0, digits of any script. */
export function normalizeCode(typed: string): string {
  return asciiDigits(typed.normalize('NFKC'))
    .toUpperCase()
    .replace(/[^\p{L}0-9]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
}
