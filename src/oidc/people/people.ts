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
  /** The keys of sessions and grants that were ended before they expired (storage/artifacts/ends.ts). */
  ended: ReadonlySet<string>
  roles: string[]
  /** Whether the account has a second factor, which it is then asked for. */
  secondFactor: boolean
  /** Epoch seconds at which the grace period for adding a second factor ends; null if it has not begun. */
  secondFactorDue: number | null
}

/**
 * Accounts as the protocol needs them: one query over accounts and roles. It is needed for every token,
 * so the result is cached until the database announces a change of the account or its roles.
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

interface Row {
  email: string
  email_verified: boolean
  name: string | null
  username: string | null
  profile: Profile
  profile_updated_at: number | null
  active: boolean
  signed_out_at: number
  ended: string[]
  roles: string[]
  second_factor: boolean
  second_factor_due: number | null
}

async function load(em: SqlEntityManager, id: string): Promise<Person | null> {
  const [row] = await em.getConnection().execute<Row[]>(
    `select email, email_verified, name, username, profile, suspended_at is null as active,
       extract(epoch from profile_updated_at)::float8 as profile_updated_at,
       coalesce(extract(epoch from signed_out_at), 0)::float8 as signed_out_at,
       extract(epoch from second_factor_due)::float8 as second_factor_due,
       exists(select from totp where account_id = account.id)
         or exists(select from passkey where account_id = account.id) as second_factor,
       array(select id from revocation where account_id = account.id and expires_at > now()) as ended,
       array(select role_name from assignment where account_id = account.id order by role_name) as roles
     from account where id = ?`,
    [id],
  )
  return row
    ? {
        id,
        email: row.email,
        emailVerified: row.email_verified,
        name: row.name,
        username: row.username,
        profile: row.profile,
        profileUpdatedAt: row.profile_updated_at === null ? null : Math.floor(Number(row.profile_updated_at)),
        active: row.active,
        signedOutAt: Math.floor(Number(row.signed_out_at)),
        ended: new Set(row.ended),
        roles: row.roles,
        secondFactor: row.second_factor,
        secondFactorDue: row.second_factor_due === null ? null : Number(row.second_factor_due),
      }
    : null
}
