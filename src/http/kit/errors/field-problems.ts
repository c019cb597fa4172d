import { PROFILE_LONGEST } from '../../../accounts/profile.ts'
import { SHORTEST_USERNAME } from '../../../base/text/username.ts'
import { PASSWORD_MINIMUM } from '../../../credentials/passwords/password-rules.ts'
import { translatorFor, type Vars } from '../../../i18n/translator.ts'

/** What is wrong with a field and what would be right, as a message of `locales`. */
export interface FieldProblem {
  key: string
  vars: Vars
}

const LONGEST: Readonly<Record<string, number>> = PROFILE_LONGEST
const SHORTEST: Readonly<Record<string, number>> = { preferred_username: SHORTEST_USERNAME, password: PASSWORD_MINIMUM }

/** Fields of the API that are called otherwise in the messages. */
const ALIASES: Readonly<Record<string, string>> = { next: 'password' }

const known = translatorFor('en')

/** What a page calls the field: `profile.birthdate` is `birthdate` there. */
export function fieldName(field: string): string {
  return field.startsWith('profile.address') ? 'address' : (field.split('.').at(-1) ?? field)
}

/**
 * @param field as refusals name it, such as `profile.birthdate` @param word what is wrong, such as `too-long`
 * @param action what was to be done (account/action.ts), which may have words of its own
 */
export function fieldProblem(field: string, word: string, action = ''): FieldProblem {
  const name = ALIASES[fieldName(field)] ?? fieldName(field)
  const count = { 'too-long': LONGEST[name], 'too-short': SHORTEST[name] }[word]
  const own = [`problem.${action}.${word}`, `problem.${name}.${word}`]
  const keys = [...own, ...(count === undefined ? [] : [`problem.${word}.count`]), `problem.${word}`]
  const key = keys.find(each => known.has(each) || known.has(`${each}#other`)) ?? 'problem.invalid'
  return { key, vars: count === undefined ? {} : { count } }
}
