import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { SUBSCRIBER } from '../../roles/role.ts'
import { UpstreamRefused } from './upstream-refused.ts'

/** With what an account is made. */
interface Registrant {
  /** Normalised. */
  email: string
  name: string | null
  /** Whether the provider vouches for the address. */
  vouched: boolean
}

/** The account that was made, or that there is by now; else who has the address, null where nobody may have it. */
type Admitted = { account: Account; made: boolean } | { holder: Account | null }

/** Making an account for somebody whom an upstream provider has named: whole and connected, or nothing of it. */
export class JustInTimeRegistration {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'accounts'
      | 'roles'
      | 'links'
      | 'identityLinks'
      | 'erasure'
      | 'emails'
      | 'claimsSync'
      | 'config'
    >,
  ) {
    this.#app = app
  }

  /** Whether somebody without an account gets one through this provider. */
  admits({ policy }: Pick<IdentityProvider, 'policy'>): boolean {
    return policy.registration ?? this.#app.config.registration === 'open'
  }

  /** @throws UpstreamRefused `registration_closed` */
  async admit(
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    registrant: Registrant,
    circumstances: { by: Actor; locale?: string | undefined },
  ): Promise<Admitted> {
    try {
      return await this.#admit(provider, person, registrant, circumstances)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      // Somebody else was first, with the address or as that person: now it is known who.
      this.#app.em.clear()
      return this.#admit(provider, person, registrant, circumstances)
    }
  }

  /** Roles, profile and connection of an account that is being made; writes it. @throws Conflict */
  async furnish(
    account: Account,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { by, name, locale }: { by: Actor; name: string | null; locale?: string | undefined },
  ): Promise<void> {
    await this.#app.claimsSync.fill(account, person.identity, { by, name, locale })
    for (const role of await this.#app.claimsSync.first(provider, person.identity)) {
      if (role !== SUBSCRIBER) await this.#app.roles.stageAssignment(account, role, { by })
    }
    await this.#app.erasure.ofPendingPerson(provider, person.identity)
    this.#app.identityLinks.recordUse(await this.#app.identityLinks.add(account, provider, person, { by }), person)
    await this.#app.em.flush()
  }

  #admit(
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { email, name, vouched }: Registrant,
    { by, locale }: { by: Actor; locale?: string | undefined },
  ): Promise<Admitted> {
    const registration = this.admits(provider)
    const subject = `${provider.id} ${person.identity.subject}`
    return this.#app.atomically.on('identity', subject, () =>
      this.#app.atomically.on('address', email, async () => {
        const link = await this.#app.identityLinks.find(provider, person.identity.subject)
        if (link && link.account.pendingSince == null) return { account: link.account, made: false }
        if (registration && vouched) await this.#app.erasure.ofPending(email)
        const holder = await this.#app.accounts.findByEmail(email)
        if (holder && !(vouched && holder.pendingSince)) return { holder }
        if (await this.#app.links.reserved(email)) return { holder: null }
        if (!registration) throw new UpstreamRefused('registration_closed')
        const account = this.#app.accounts.register({ email, emailVerified: vouched }, { by })
        await this.#app.roles.stageAssignment(account, SUBSCRIBER, { by })
        await this.#app.accounts.flush()
        await this.furnish(account, provider, person, { by, name, locale })
        if (vouched) await this.#app.emails.send('welcome', account)
        return { account, made: true }
      }),
    )
  }
}
