import { type FilterQuery, raw } from '@mikro-orm/core'
import type { Account } from './account.ts'

/** The indexed expression (migration 0006-account-search): each part begins on a line of its own. */
const TEXT = `lower(E'\\n' || email || E'\\n' || coalesce(username, '') || E'\\n' || coalesce(name, ''))`

/** Shorter texts are found only where an email, username or name begins: the index has no entries for less in the middle. */
const SHORTEST_PART = 3

/** Accounts whose email, username or name contains this text, in upper or lower case. */
export function contains(text: string): FilterQuery<Account> {
  const literal = text.replace(/[\\%_]/g, '\\$&')
  const pattern = [...text].length < SHORTEST_PART ? `%\n${literal}%` : `%${literal}%`
  return { [raw(`${TEXT} like lower(?)`, [pattern])]: [] }
}
