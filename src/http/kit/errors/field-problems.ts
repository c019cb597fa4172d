import { PROFILE_LONGEST } from '../../../accounts/profile.ts'
import { SHORTEST_USERNAME } from '../../../base/text/username.ts'
import { PASSWORD_MINIMUM } from '../../../credentials/passwords/password-rules.ts'
import { translatorFor, type Vars } from '../../../i18n/translator.ts'

/** The message of `locales` that says what is wrong with a field and what is expected. */
export interface FieldProblem {
  key: string
  vars: Vars
}

const LONGEST: Readonly<Record<string, number>> = PROFILE_LONGEST
const SHORTEST: Readonly<Record<string, number>> = { preferred_username: SHORTEST_USERNAME, password: PASSWORD_MINIMUM }

/** Fields of the API that have another name in the messages. */
const ALIASES: Readonly<Record<string, string>> = { next: 'password' }

const known = translatorFor('en')

/** The name of the field on a page: `birthdate` for `profile.birthdate`. */
export function fieldName(field: string): string {
  return field.startsWith('profile.address') ? 'address' : (field.split('.').at(-1) ?? field)
}

/**
 * @param field as refusals name it: `profile.birthdate` @param word what is wrong: `too-long`
 * @param action its name (account/action.ts), which may have messages of its own
 */
export function fieldProblem(field: string, word: string, action = ''): FieldProblem {
  const name = ALIASES[fieldName(field)] ?? fieldName(field)
  const count = { 'too-long': LONGEST[name], 'too-short': SHORTEST[name] }[word]
  const own = [`problem.${action}.${word}`, `problem.${name}.${word}`]
  const keys = [...own, ...(count === undefined ? [] : [`problem.${word}.count`]), `problem.${word}`]
  const key = keys.find(each => known.has(each) || known.has(`${each}#other`)) ?? 'problem.invalid'
  return { key, vars: count === undefined ? {} : { count } }
}
