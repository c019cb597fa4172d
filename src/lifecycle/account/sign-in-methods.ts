import type { Account } from '../../accounts/account.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'

/** Makes sure that an account keeps at least one sign-in method. */
export class SignInMethods {
  readonly #app

  constructor(app: Needs<'passwords' | 'secondFactors' | 'identityLinks'>) {
    this.#app = app
  }

  /** Email is not one, since it may be turned off. Connections are identities of upstream providers that are turned on. */
  async of(account: Account) {
    return {
      password: await this.#app.passwords.has(account),
      passkeys: (await this.#app.secondFactors.of(account)).passkeys,
      connections: await this.#app.identityLinks.countUsable(account),
    }
  }

  /**
   * Call this after removing a sign-in method, in the same transaction, which the refusal rolls back.
   * @param removed for the message: `this passkey` @throws Forbidden `last_sign_in_method`
   */
  async keepOne(account: Account, removed: string): Promise<void> {
    const { password, passkeys, connections } = await this.of(account)
    if (!password && passkeys === 0 && connections === 0)
      throw new Forbidden(`${removed} is the last sign-in method; add another one first`, 'last_sign_in_method')
  }
}
