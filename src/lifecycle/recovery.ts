import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { LoginNames } from '../accounts/login-name.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import { Forbidden } from '../base/refusals.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import { type Limits, network } from '../limits/limits.ts'
import { rehearse } from '../storage/rehearsal.ts'
import type { Consents } from '../tokens/consents.ts'
import { LINK_TTL, type Notices } from './notices.ts'
import type { SignOutEverywhere } from './sign-out.ts'

/** A new password for somebody who lost theirs, by a one-time link. Ends all their sessions and tokens. */
export class Recovery {
  readonly #em: SqlEntityManager
  readonly #accounts: Accounts
  readonly #loginNames: LoginNames
  readonly #passwords: Passwords
  readonly #links: OneTimeLinks
  readonly #identityLinks: IdentityLinks
  readonly #factors: Factors
  readonly #limits: Limits
  readonly #consents: Consents
  readonly #notices: Notices
  readonly #signOut: SignOutEverywhere
  readonly #trail: Trail

  constructor({
    em,
    accounts,
    loginNames,
    passwords,
    links,
    identityLinks,
    factors,
    limits,
    consents,
    notices,
    signOut,
    trail,
  }: {
    em: SqlEntityManager
    accounts: Accounts
    loginNames: LoginNames
    passwords: Passwords
    links: OneTimeLinks
    identityLinks: IdentityLinks
    factors: Factors
    limits: Limits
    consents: Consents
    notices: Notices
    signOut: SignOutEverywhere
    trail: Trail
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#loginNames = loginNames
    this.#passwords = passwords
    this.#links = links
    this.#identityLinks = identityLinks
    this.#factors = factors
    this.#limits = limits
    this.#consents = consents
    this.#notices = notices
    this.#signOut = signOut
    this.#trail = trail
  }

  /**
   * A letter with a link to whoever has an account, and to nobody else; the answer, the work and the time are alike.
   * @throws TooManyAttempts
   */
  async request(email: string, { by, locale }: { by: Actor; locale?: Account['language'] | undefined }): Promise<void> {
    const name = this.#loginNames.spelling(email)
    await this.#limits.mailByIp.take(network(by.ip))
    // A username is counted by itself: that an address has no emails left must not tell whose username it is.
    if (name) await this.#limits.mailByAddress.take(name)
    await this.#em.transactional(async () => {
      const account = await this.#loginNames.find(email)
      this.#trail.record('recovery.requested', { by, subject: account?.id ?? null })
      const write = () => this.#notices.resetPassword(account, locale)
      await (account ? this.#em.transactional(write) : rehearse(this.#em, write))
    })
  }

  /** @returns the account and the token of its newest link; older ones are dead. @throws NotFound */
  async link(idOrEmail: string, { by }: { by: Actor }): Promise<{ account: Account; token: string }> {
    const account = await this.#accounts.find(idOrEmail)
    this.#trail.record('recovery.link-made', { by, subject: account.id })
    return { account, token: await this.#links.issue('recovery', { account, ttl: LINK_TTL.recovery }) }
  }

  /** Whose link it is, while it can be spent. */
  async holder(token: string): Promise<Account | null> {
    return (await this.#links.look('recovery', token))?.account ?? null
  }

  /** A mistake in the form leaves the link as it was. @throws InvalidInput, Forbidden, Busy */
  async complete(token: string, password: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.holder(token)
    if (!account) throw new Forbidden('this link was used already or has expired', 'link_invalid')
    const digest = await this.#passwords.hash(password, account.email)
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    await oneAtATime(this.#em, account, { by: actor }, async () => {
      const { provesAddress } = await this.#links.spend('recovery', token)
      await this.#passwords.keep(account, digest, { by: actor })
      if (provesAddress) await this.#proven(account, { by: actor })
      await this.#notices.passwordChanged(account, { by: actor })
      this.#signOut.begin(account)
    })
    await this.#signOut.of(account, { by: actor })
    return account
  }

  /**
   * Until now anybody could have made this account: of what they allowed applications, and of whom they connected it
   * with, nothing stays. But the address is not proven of an account that has a second factor: it may be a passkey of
   * whoever waits for the owner of the address.
   */
  async #proven(account: Account, { by }: { by: Actor }): Promise<void> {
    if (account.emailVerified) return
    await this.#passwords.forgetFormer(account)
    await this.#identityLinks.clear(account, { by })
    await this.#consents.forget(account)
    if (!(await this.#factors.of(account)).any) account.proveAddress()
  }
}
