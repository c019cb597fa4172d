import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { Account } from './account.ts'

/** The indexed expression (migration 0006-account-search): each part begins on a line of its own. */
const TEXT = `lower(E'\\n' || email || E'\\n' || coalesce(username, '') || E'\\n' || coalesce(name, ''))`

/** The index has no entries for less. */
const SHORTEST_PART = 3

/** The newest accounts, in which a frequent text is found soon. */
const NEWEST = 10_000

/** Up to so many accounts are sorted after the index has found them. */
const SORTED = 5_000

interface Page {
  limit: number
  /** The ID of the last account of the previous page. */
  after: string | undefined
}

/**
 * The accounts whose email, username or name contains a text, in upper or lower case, newest first. One or two
 * characters of a to z and 0 to 9 are found where an email, a username or a word of a name begins.
 */
export async function searchAccounts(em: SqlEntityManager, text: string, { limit, after }: Page): Promise<Account[]> {
  const patterns = patternsFor(text)
  const matches = `(${patterns.map(() => `${TEXT} like lower(?)`).join(' or ')})`
  const [older, last] = after ? ['id < ?', [after]] : ['true', []]
  const values = [...last, ...patterns, limit]
  type Found = { id: string; total: number }[]
  const search = (selection: string) => em.execute<Found>(`select ${selection} order by id desc limit ?`, values)

  let found = await search(
    `id from (select * from account where ${older} order by id desc limit ${NEWEST}) newest where ${matches}`,
  )
  if (found.length < limit) {
    const matching = `(select id from account where ${older} and ${matches} limit ${SORTED}) matching`
    found = await search(`id, count(*) over ()::int as total from ${matching}`)
    // There are more, which the index would all have to find.
    if (found[0]?.total === SORTED) found = await search(`id from account where ${older} and ${matches}`)
  }
  return em.find(Account, { id: { $in: found.map(({ id }) => id) } }, { orderBy: { id: 'desc' } })
}

/** The index is used for a text of three characters, and for the beginning of a word. */
function patternsFor(text: string): string[] {
  const literal = text.replace(/[\\%_]/g, '\\$&')
  const short = [...text].length < SHORTEST_PART && /^[a-z0-9]+$/i.test(text)
  return short ? [`%\n${literal}%`, `% ${literal}%`] : [`%${literal}%`]
}
