import { dictionary } from '@zxcvbn-ts/language-common'
import { InvalidInput } from '../../base/refusals.ts'

export const PASSWORD_MINIMUM = 8
const PASSWORD_MAXIMUM = 256

const COMMON = new Set(dictionary['passwords-common'].filter(word => word.length >= PASSWORD_MINIMUM))

/** Characters that no keyboard types into a password: controls, line breaks, byte-order marks, lone surrogates. */
const UNTYPED = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFEFF]/u

/** Unifies what different keyboards send for the same character (NIST SP 800-63B section 3.1.1.2). */
export function normalizePassword(text: string): string {
  return text.normalize('NFKC')
}

/**
 * NIST SP 800-63B: length in characters, no composition rules, none of the most common passwords.
 * @throws InvalidInput `password: control | too-short | too-long | common | like-email`
 */
export function checkPassword(text: string, email: string): void {
  const password = normalizePassword(text)
  const length = [...password].length
  const folded = password.toLowerCase()
  if (UNTYPED.test(password)) throw refused('control', 'line breaks, tabs and other control characters are not allowed')
  if (length < PASSWORD_MINIMUM) throw refused('too-short', `must have at least ${PASSWORD_MINIMUM} characters`)
  if (length > PASSWORD_MAXIMUM) throw refused('too-long', `must have at most ${PASSWORD_MAXIMUM} characters`)
  if (COMMON.has(folded) || /^(.)\1*$/u.test(folded)) throw refused('common', 'one of the most common passwords')
  if (folded === email || folded === email.split('@')[0]) throw refused('like-email', 'must not be the email address')
}

function refused(code: string, why: string): InvalidInput {
  return new InvalidInput({ password: code }, `password: ${why}`)
}
