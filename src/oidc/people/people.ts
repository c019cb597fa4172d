import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Profile } from '../../accounts/profile.ts'
import type { Clock } from '../../base/clock.ts'
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
  /** Epoch seconds at which the first of its roles ends by time; null if none does. */
  rolesUntil: number | null
  /** The key under which all its access tokens can be revoked (src/token-revocations), in hexadecimal. */
  tokenKey: string
  /** The same for the consents that were revoked, now or earlier, by `client_id`. */
  consentKeys: Readonly<Record<string, string>>
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
  readonly #clock: Clock
  readonly #known: Cache<Known>

  constructor(app: Needs<'em' | 'changes' | 'clock'>) {
    this.#clock = app.clock
    this.#known = new Cache({ changes: app.changes, topic: 'account', load: id => load(app.em, id) })
  }

  async find(id: string): Promise<Person | null> {
    const known = isId(id) ? await this.#known.get(id) : null
    return known && asOf(known, this.#clock.now())
  }
}

/** The person with the roles that have no end, and the roles that end, with epoch seconds. */
interface Known {
  person: Person
  ending: { role: string; endsAt: number }[]
}

/** Time ends a role without any change of the account. */
function asOf({ person, ending }: Known, now: Date): Person {
  if (ending.length === 0) return person
  const left = ending.filter(({ endsAt }) => endsAt * 1000 > now.getTime())
  if (left.length === 0) return person
  const rolesUntil = Math.min(...left.map(({ endsAt }) => Math.floor(endsAt)))
  return { ...person, roles: [...person.roles, ...left.map(({ role }) => role)].sort(), rolesUntil }
}

const PERSON = `
  select id, email, email_verified as "emailVerified", name, username, profile, suspended_at is null as active,
    floor(extract(epoch from profile_updated_at))::float8 as "profileUpdatedAt",
    coalesce(floor(extract(epoch from signed_out_at)), 0)::float8 as "signedOutAt",
    extract(epoch from second_factor_due)::float8 as "secondFactorDue",
    exists(select from totp where account_id = account.id)
      or exists(select from passkey where account_id = account.id) as "secondFactor",
    encode(gatehouse_token_key('account:' || account.id), 'hex') as "tokenKey",
    (
      select coalesce(jsonb_object_agg(substr(owner, length('consent:' || account.id || ':') + 1), encode(key, 'hex')), '{}')
      from token_key where owner >= 'consent:' || account.id || ':' and owner < 'consent:' || account.id || ';'
    ) as "consentKeys",
    array(select id from revocation where account_id = account.id and expires_at > now()) as ended,
    array(select role_name from assignment where account_id = account.id and ends_at is null order by role_name) as roles,
    array(
      select jsonb_build_object('role', role_name, 'endsAt', extract(epoch from ends_at)) from assignment
      where account_id = account.id and ends_at is not null
    ) as ending
  from account where id = ?`

type Row = Omit<Person, 'ended' | 'rolesUntil'> & { ended: string[]; ending: Known['ending'] }

async function load(em: SqlEntityManager, id: string): Promise<Known | null> {
  const [row] = await em.getConnection().execute<Row[]>(PERSON, [id])
  if (!row) return null
  const { ending, ended, ...person } = row
  return { person: { ...person, ended: new Set(ended), rolesUntil: null }, ending }
}
