import type { Account } from '../accounts/account.ts'
import { Forbidden } from '../base/refusals.ts'
import type { Factors } from '../credentials/factors.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'

/** By what somebody can say who they are. A letter is none of them: it depends on how a place is set up. */
interface Held {
  password: boolean
  passkeys: number
  /** Connections to upstream providers that are switched on. */
  connections: number
}

/** Nobody locks themselves out: whoever gives up a way in keeps another one. */
export class WaysIn {
  readonly #passwords: Passwords
  readonly #factors: Factors
  readonly #identityLinks: IdentityLinks

  constructor({
    passwords,
    factors,
    identityLinks,
  }: {
    passwords: Passwords
    factors: Factors
    identityLinks: IdentityLinks
  }) {
    this.#passwords = passwords
    this.#factors = factors
    this.#identityLinks = identityLinks
  }

  async of(account: Account): Promise<Held> {
    return {
      password: await this.#passwords.has(account),
      passkeys: (await this.#factors.of(account)).passkeys,
      connections: await this.#identityLinks.open(account),
    }
  }

  /**
   * After one was given up, in the same transaction (accounts/one-at-a-time.ts): a refusal takes it back.
   * @param last what it was, for the refusal: `this passkey` @throws Forbidden `last_way_in`
   */
  async keepOne(account: Account, last: string): Promise<void> {
    const { password, passkeys, connections } = await this.of(account)
    if (!password && passkeys === 0 && connections === 0)
      throw new Forbidden(`${last} is the only way in: add another one first`, 'last_way_in')
  }
}
