import { PROFILE_LONGEST } from '../accounts/profile.ts'
import { SHORTEST_USERNAME } from '../base/username.ts'
import { PASSWORD_MINIMUM } from '../credentials/password-rules.ts'
import { type Vars, wordsIn } from './words.ts'

/** What is wrong with a field and what would be right, as a message of `locales`. */
export interface FieldProblem {
  key: string
  vars: Vars
}

const LONGEST: Readonly<Record<string, number>> = PROFILE_LONGEST
const SHORTEST: Readonly<Record<string, number>> = { preferred_username: SHORTEST_USERNAME, password: PASSWORD_MINIMUM }

/** Fields of the API that are called otherwise in the messages. */
const ALIASES: Readonly<Record<string, string>> = { next: 'password' }

const known = wordsIn('en')

/** @param field as refusals name it, such as `profile.birthdate` @param word what is wrong, such as `too-long` */
export function fieldProblem(field: string, word: string): FieldProblem {
  const last = field.split('.').at(-1) ?? field
  const name = ALIASES[last] ?? (field.startsWith('profile.address') ? 'address' : last)
  const count = { 'too-long': LONGEST[name], 'too-short': SHORTEST[name] }[word]
  const keys = [`problem.${name}.${word}`, ...(count === undefined ? [] : [`problem.${word}.count`]), `problem.${word}`]
  const key = keys.find(each => known.has(each) || known.has(`${each}#other`)) ?? 'problem.invalid'
  return { key, vars: count === undefined ? {} : { count } }
}
