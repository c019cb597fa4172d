import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../../accounts/account.ts'
import { differenceWithoutValues } from '../../audit/difference.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import type { Identity } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { SUPERUSER } from '../../roles/role.ts'

/** Copies roles and profile claims of an upstream identity to its account, as far as the policy of the provider allows. */
export class ClaimsSync {
  readonly #app

  constructor(app: Needs<'assignments' | 'roles' | 'usernames' | 'audit' | 'clock' | 'log'>) {
    this.#app = app
  }

  /** Replaces the whole profile, of an account that is created or taken over. Requires a transaction. */
  async fill(
    account: Account,
    { profile, username }: Identity,
    { by, name, locale }: { by: Actor; name: string | null; locale?: string | undefined },
  ): Promise<void> {
    account.name = name
    account.profile = { ...(locale ? { locale } : {}), ...profile }
    await this.#app.usernames.change(account, null, { by })
    if (username) await this.#app.usernames.changeIfAvailable(account, username, { by })
  }

  /** The roles of a new account, in addition to those that every account gets. */
  initialRoles({ name, policy }: IdentityProvider, { roles }: Identity): Promise<string[]> {
    const mapped = mappedRoles(policy)
    return this.#existing(name, [...policy.roles.filter(role => !mapped.has(role)), ...(roles ?? [])])
  }

  /** Updates roles and profile at a sign-in. Requires a transaction. */
  async renew(account: Account, provider: IdentityProvider, identity: Identity, { by }: { by: Actor }): Promise<void> {
    if (identity.roles !== null) await this.#renewRoles(account, provider, identity.roles, { by })
    if (provider.policy.profile === 'always') await this.#renewProfile(account, identity, { by })
  }

  async #renewRoles(
    account: Account,
    { name, policy }: IdentityProvider,
    roles: readonly string[],
    { by }: { by: Actor },
  ): Promise<void> {
    const mapped = mappedRoles(policy)
    const held = await this.#app.assignments.rolesOf(account)
    const due = (await this.#existing(name, roles)).filter(role => mapped.has(role))
    const added = due.filter(role => !held.includes(role))
    const removed = held.filter(role => mapped.has(role) && !due.includes(role))
    if (added.length > 0) await this.#app.assignments.assign(account, added, { by })
    if (removed.length > 0) await this.#app.assignments.unassign(account, removed, { by, ifHeld: true })
  }

  /** Claims that the provider does not send are kept. */
  async #renewProfile(account: Account, { name, profile, username }: Identity, { by }: { by: Actor }): Promise<void> {
    if (username) await this.#app.usernames.changeIfAvailable(account, username, { by })
    const next = { name: name ?? account.name ?? null, profile: { ...account.profile, ...profile } }
    const before = { name: account.name ?? null, profile: { ...account.profile } }
    if (isDeepStrictEqual(next, before)) return
    Object.assign(account, next)
    account.profileUpdatedAt = this.#app.clock.now()
    const [from, to] = [before, next].map(({ name, profile }) => ({ name, ...profile }))
    const changes = differenceWithoutValues(from!, to!)
    this.#app.audit.record('profile.updated', { by, subject: account.id, changes })
  }

  /** Ignores roles that have been deleted, so that they do not prevent a sign-in. */
  async #existing(provider: string, names: readonly string[]): Promise<string[]> {
    const wanted = [...new Set(names)].filter(name => name !== SUPERUSER)
    if (wanted.length === 0) return []
    const known = new Set((await this.#app.roles.list()).map(({ name }) => name))
    const unknown = wanted.filter(name => !known.has(name))
    if (unknown.length > 0)
      this.#app.log.warn({ provider, roles: unknown }, 'an upstream provider maps to roles that do not exist')
    return wanted.filter(name => known.has(name))
  }
}

/** The roles that the provider's claim assigns and unassigns. */
function mappedRoles({ roleMapping }: IdentityProvider['policy']): Set<string> {
  return new Set(
    Object.values(roleMapping?.roles ?? {})
      .flat()
      .filter(role => role !== SUPERUSER),
  )
}
