import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Forbidden } from '../base/refusals.ts'
import type { Factors } from '../credentials/factors.ts'
import { EMAILED_PURPOSES } from '../credentials/one-time-link.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import type { Consents } from '../tokens/consents.ts'
import type { FactorResets } from './factor-resets.ts'
import type { Notices } from './notices.ts'
import type { SignOutEverywhere } from './sign-out.ts'

/**
 * «This was not me»: takes the account out of everybody's hands. All sessions and tokens end, the password and what
 * applications were allowed are forgotten, second factors and connections that came within a week go, no browser is
 * trusted, and a letter with a link to a new password goes to the account's address. Older ones stay: whoever reads the mail gets no further
 * than to a new password.
 */
export class Panic {
  readonly #em: SqlEntityManager
  readonly #passwords: Passwords
  readonly #links: OneTimeLinks
  readonly #factors: Factors
  readonly #factorResets: FactorResets
  readonly #consents: Consents
  readonly #identityLinks: IdentityLinks
  readonly #notices: Notices
  readonly #signOut: SignOutEverywhere
  readonly #trail: Trail

  constructor({
    em,
    passwords,
    links,
    factors,
    factorResets,
    consents,
    identityLinks,
    notices,
    signOut,
    trail,
  }: {
    em: SqlEntityManager
    passwords: Passwords
    links: OneTimeLinks
    factors: Factors
    factorResets: FactorResets
    consents: Consents
    identityLinks: IdentityLinks
    notices: Notices
    signOut: SignOutEverywhere
    trail: Trail
  }) {
    this.#em = em
    this.#passwords = passwords
    this.#links = links
    this.#factors = factors
    this.#factorResets = factorResets
    this.#consents = consents
    this.#identityLinks = identityLinks
    this.#notices = notices
    this.#signOut = signOut
    this.#trail = trail
  }

  /** Whose account it is about, while the link can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#links.look('panic', token))?.account ?? null
  }

  /** @throws Forbidden where the link was used, or the address has changed since */
  async press(token: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.holder(token)
    if (!account) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    const actor = owner(account, by)
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      await this.#links.spend('panic', token)
      this.#trail.record('account.alarm', { by: actor, subject: account.id })
      await this.lock(account, { by: actor })
    })
    await this.#signOut.of(account, { by: actor })
    return account
  }

  /** Within a transaction, before everything is signed out: only the letter leads in again. */
  async lock(account: Account, { by }: { by: Actor }): Promise<void> {
    account.deletionDue = null
    this.#signOut.begin(account)
    await this.#passwords.remove(account, { by })
    await this.#factors.withdraw(account, { by })
    await this.#identityLinks.withdraw(account, { by })
    await this.#factorResets.cancel(account, { by })
    await this.#consents.forget(account)
    await this.#links.revoke(account, EMAILED_PURPOSES)
    await this.#notices.resetPassword(account)
  }
}

function owner(account: Account, by: Actor): Actor {
  return { ...by, kind: 'account', id: account.id }
}
