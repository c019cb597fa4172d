import { randomInt } from 'node:crypto'

/**
 * Codes that people read in one place and type in another. Crockford's base32: of letters and digits that look alike one
 * each, five bits a character.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function newCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** As it is shown: `7QJK-2M9F`. */
export function inGroups(code: string): string {
  return code.match(/.{4}/g)!.join('-')
}

/** The code again, however it was typed: small letters, dashes, spaces, O for 0. */
export function normalizeCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
}
