import { isId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import type { Filter } from './audit-log.ts'
import { CATALOGUE, entryOf } from './catalogue.ts'
import type { Changes } from './difference.ts'

/** Accounts that the record of an export names at most. */
const MOST = 100

const FOUND = `
  select
    exists(select from audit_event where target = ? and kind not in (select jsonb_array_elements_text(?::jsonb))) as target,
    array(select distinct subject::text from audit_event
      where target = ? and kind in (select jsonb_array_elements_text(?::jsonb)) and subject is not null
      order by 1 limit ${MOST}) as owners,
    exists(select from audit_event where request_id = ?) as request,
    exists(select from audit_event where actor_id = ? and actor_kind <> 'account')
      or exists(select from audit_event where target = ? and kind = 'client.registered') as actor`

/** In place of a text that no event has. */
const UNKNOWN = 'unknown'

interface Found {
  target: boolean
  owners: string[]
  request: boolean
  actor: boolean
}

/** Their targets are names that people have chosen, which are removed when the account is erased. */
const PERSONAL = Object.keys(CATALOGUE).filter(kind => entryOf(kind)?.target?.startsWith('passkey'))

/**
 * A filter as the event of an export keeps it for good. It has nothing that was only typed, such as an email address, but
 * the IDs of the accounts that were meant: an account can be erased later, this event cannot.
 * @param meant the accounts that have the target as their email or username
 */
export async function exportRecord(
  { em, database }: Needs<'em' | 'database'>,
  filter: Filter,
  { meant }: { meant: readonly string[] },
): Promise<Changes> {
  const { target = null, request = null, actor } = filter
  const id = actor?.replace(/^(operator|account|client|visitor|system)(:|$)/, '') || null
  const values = [target, JSON.stringify(PERSONAL), target, JSON.stringify(PERSONAL), request, id, id]
  const [found] = await database.withoutTimeLimits(() => em.execute<Found[]>(FOUND, values))
  const { owners, ...known } = found!
  const accounts = [...new Set([...meant, ...owners])]
  const kept = {
    ...(JSON.parse(JSON.stringify(filter)) as Record<string, string>),
    ...(target !== null && !known.target && { target: accounts.length > 0 ? accounts : UNKNOWN }),
    ...(request !== null && !known.request && { request: UNKNOWN }),
    ...(id !== null && !isId(id) && !known.actor && { actor: UNKNOWN }),
  }
  return Object.fromEntries(Object.entries(kept).map(([name, to]) => [name, { from: null, to }]))
}
