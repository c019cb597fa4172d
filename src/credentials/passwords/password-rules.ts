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
  if (UNTYPED.test(password))
    throw refused('control', 'line breaks, tabs and other control characters are not possible')
  if (length < PASSWORD_MINIMUM) throw refused('too-short', `at least ${PASSWORD_MINIMUM} characters are needed`)
  if (length > PASSWORD_MAXIMUM) throw refused('too-long', `at most ${PASSWORD_MAXIMUM} characters are possible`)
  if (COMMON.has(folded) || /^(.)\1*$/u.test(folded))
    throw refused('common', 'it is among the first that anybody would try')
  if (folded === email || folded === email.split('@')[0])
    throw refused('like-email', 'it must not be the address itself')
}

function refused(code: string, why: string): InvalidInput {
  return new InvalidInput({ password: code }, `password: ${why}`)
}
