import type { Account } from '../../accounts/account.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'

/** By what somebody can say who they are. An email is none of them: it depends on how a place is set up. */
interface Held {
  password: boolean
  passkeys: number
  /** Connections to upstream providers that are switched on. */
  connections: number
}

/** Nobody locks themselves out: whoever gives up a way in keeps another one. */
export class SignInMethods {
  readonly #app

  constructor(app: Needs<'passwords' | 'secondFactors' | 'identityLinks'>) {
    this.#app = app
  }

  async of(account: Account): Promise<Held> {
    return {
      password: await this.#app.passwords.has(account),
      passkeys: (await this.#app.secondFactors.of(account)).passkeys,
      connections: await this.#app.identityLinks.countUsable(account),
    }
  }

  /**
   * After one was given up, in the same transaction: a refusal takes it back.
   * @param last what it was, for the refusal: `this passkey` @throws Forbidden `last_sign_in_method`
   */
  async keepOne(account: Account, last: string): Promise<void> {
    const { password, passkeys, connections } = await this.of(account)
    if (!password && passkeys === 0 && connections === 0)
      throw new Forbidden(`${last} is the only way in: add another one first`, 'last_sign_in_method')
  }
}
