import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Profile } from '../../accounts/profile.ts'
import { isId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { Cache } from '../../storage/change-feed/cache.ts'

/** An account as the protocol needs it. */
export interface Person {
  id: string
  email: string
  emailVerified: boolean
  name: string | null
  username: string | null
  profile: Profile
  /** Epoch seconds; null if the profile has never been changed. */
  profileUpdatedAt: number | null
  active: boolean
  /** Epoch seconds of the last sign-out everywhere: earlier sessions and grants are invalid. 0 if there was none. */
  signedOutAt: number
  /** The keys of sessions and grants that were ended before they expired (storage/artifacts/revocations.ts). */
  ended: ReadonlySet<string>
  roles: string[]
  /** Whether the account has a second factor. */
  secondFactor: boolean
  /** Epoch seconds at which the grace period for adding a second factor ends; null if it has not begun. */
  secondFactorDue: number | null
}

/**
 * Accounts as the protocol needs them: one query over accounts and roles. It is needed for every token,
 * so the result is cached until the database notifies of a change of the account or its roles.
 */
export class People {
  readonly #known: Cache<Person>

  constructor(app: Needs<'em' | 'changes'>) {
    this.#known = new Cache({ changes: app.changes, topic: 'account', load: id => load(app.em, id) })
  }

  async find(id: string): Promise<Person | null> {
    return isId(id) ? this.#known.get(id) : null
  }
}

const PERSON = `
  select id, email, email_verified as "emailVerified", name, username, profile, suspended_at is null as active,
    floor(extract(epoch from profile_updated_at))::float8 as "profileUpdatedAt",
    coalesce(floor(extract(epoch from signed_out_at)), 0)::float8 as "signedOutAt",
    extract(epoch from second_factor_due)::float8 as "secondFactorDue",
    exists(select from totp where account_id = account.id)
      or exists(select from passkey where account_id = account.id) as "secondFactor",
    array(select id from revocation where account_id = account.id and expires_at > now()) as ended,
    array(select role_name from assignment where account_id = account.id order by role_name) as roles
  from account where id = ?`

async function load(em: SqlEntityManager, id: string): Promise<Person | null> {
  const [row] = await em.getConnection().execute<(Omit<Person, 'ended'> & { ended: string[] })[]>(PERSON, [id])
  return row ? { ...row, ended: new Set(row.ended) } : null
}
