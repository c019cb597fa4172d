import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { SUBSCRIBER } from '../../roles/role.ts'
import { UpstreamRefused } from './upstream-refused.ts'

interface Registrant {
  /** Normalized. */
  email: string
  name: string | null
  /** Whether the provider has verified the email. */
  emailVerified: boolean
}

/** The account, and whether it was created now; or the account that has the email, null if the email is reserved. */
type Admitted = { account: Account; made: boolean } | { holder: Account | null }

/** Creates an account for an upstream identity, with roles, profile and link, all or nothing. */
export class JustInTimeRegistration {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'accounts'
      | 'assignments'
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

  /** Whether this provider creates accounts for people who have none. */
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
      // Another request registered the email or the identity first; the second attempt finds it.
      this.#app.em.clear()
      return this.#admit(provider, person, registrant, circumstances)
    }
  }

  /** Adds roles, profile and link to an account that is being created, and flushes it. @throws Conflict */
  async complete(
    account: Account,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { by, name, locale }: { by: Actor; name: string | null; locale?: string | undefined },
  ): Promise<void> {
    await this.#app.claimsSync.fill(account, person.identity, { by, name, locale })
    for (const role of await this.#app.claimsSync.initialRoles(provider, person.identity)) {
      if (role !== SUBSCRIBER) await this.#app.assignments.stage(account, role, { by })
    }
    await this.#app.erasure.ofPendingPerson(provider, person.identity)
    this.#app.identityLinks.recordUse(await this.#app.identityLinks.add(account, provider, person, { by }), person)
    await this.#app.em.flush()
  }

  #admit(
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { email, name, emailVerified }: Registrant,
    { by, locale }: { by: Actor; locale?: string | undefined },
  ): Promise<Admitted> {
    const registration = this.admits(provider)
    const subject = `${provider.id} ${person.identity.subject}`
    return this.#app.atomically.on('identity', subject, () =>
      this.#app.atomically.on('address', email, async () => {
        const link = await this.#app.identityLinks.find(provider, person.identity.subject)
        if (link && link.account.pendingSince == null) return { account: link.account, made: false }
        if (registration && emailVerified) await this.#app.erasure.ofPending(email)
        const holder = await this.#app.accounts.findByEmail(email)
        if (holder && !(emailVerified && holder.pendingSince)) return { holder }
        if (await this.#app.links.reserved(email)) return { holder: null }
        if (!registration) throw new UpstreamRefused('registration_closed')
        const account = this.#app.accounts.register({ email, emailVerified }, { by })
        await this.#app.assignments.stage(account, SUBSCRIBER, { by })
        await this.#app.accounts.flush()
        await this.complete(account, provider, person, { by, name, locale })
        if (emailVerified) await this.#app.emails.send('welcome', account)
        return { account, made: true }
      }),
    )
  }
}
