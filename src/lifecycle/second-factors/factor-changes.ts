import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { Passkey } from '../../credentials/passkeys/passkey.ts'
import type { ChallengeResponse } from '../../credentials/passkeys/webauthn-challenges.ts'
import type { FactorChange } from '../../email/kinds.ts'

/** A new factor, with recovery codes if it is the first. */
interface Added<T> {
  added: T
  recoveryCodes: string[] | null
}

/**
 * Adds and removes second factors and passkeys. Each change ends the trust in known browsers and sends an email. The first
 * factor comes with recovery codes; they are removed with the last one.
 */
export class FactorChanges {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'totps'
      | 'passkeys'
      | 'signInMethods'
      | 'recoveryCodes'
      | 'secondFactors'
      | 'knownBrowsers'
      | 'emails'
    >,
  ) {
    this.#app = app
  }

  /** @returns recovery codes, if it is the first factor @throws InvalidInput `code: 'wrong' | 'expired'` */
  async addTotp(
    account: Account,
    { proposal, code }: { proposal: string; code: string },
    { by }: { by: Actor },
  ): Promise<string[] | null> {
    const confirm = () => this.#app.totps.confirm(account, proposal, code, { by })
    return (await this.adding(account, 'totp-added', confirm, { by })).recoveryCodes
  }

  /** Does nothing if there is none. */
  async removeTotp(account: Account, { by }: { by: Actor }): Promise<void> {
    if ((await this.#app.totps.of(account)) === null) return
    await this.removing(account, 'totp-removed', () => this.#app.totps.remove(account, { by }), { by })
  }

  /** @throws InvalidInput `passkey: 'expired' | 'refused' | 'taken' | 'too-many'`, `name: 'too-long'` */
  addPasskey(
    account: Account,
    answer: ChallengeResponse & { name?: string | undefined },
    { by }: { by: Actor },
  ): Promise<Added<Passkey>> {
    return this.adding(account, 'passkey-added', () => this.#app.passkeys.register(account, answer, { by }), { by })
  }

  /** @throws NotFound; Forbidden `last_sign_in_method` */
  async removePasskey(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    const remove = async () => {
      await this.#app.passkeys.remove(account, id, { by })
      await this.#app.signInMethods.keepOne(account, 'this passkey')
    }
    await this.removing(account, 'passkey-removed', remove, { by })
  }

  /** Replaces the recovery codes. @throws Conflict if there is no second factor */
  async makeRecoveryCodes(account: Account, { by }: { by: Actor }): Promise<string[]> {
    return this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#app.secondFactors.of(account)).any)
        throw new Conflict('the account has no second factor, so it needs no recovery codes')
      const codes = await this.#app.recoveryCodes.make(account, { by })
      await this.#app.emails.send('factor-changed', account, { by, change: 'recovery-codes-made' })
      return codes
    })
  }

  /** Runs `add`, which adds a factor of any kind, in one transaction with recovery codes, distrust of browsers and the email. */
  async adding<T>(
    account: Account,
    change: FactorChange,
    add: () => Promise<T>,
    { by }: { by: Actor },
  ): Promise<Added<T>> {
    return this.#app.atomically.on(account, { by }, async () => {
      const first = !(await this.#app.secondFactors.of(account)).any
      const added = await add()
      const recoveryCodes = first ? await this.#app.recoveryCodes.make(account, { by }) : null
      await this.#notify(account, change, { by })
      return { added, recoveryCodes }
    })
  }

  /** The same for `remove`, which removes a factor of any kind. */
  async removing(
    account: Account,
    change: FactorChange,
    remove: () => Promise<void>,
    { by }: { by: Actor },
  ): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      await remove()
      if (!(await this.#app.secondFactors.of(account)).any) await this.#app.recoveryCodes.remove(account)
      await this.#notify(account, change, { by })
    })
  }

  async #notify(account: Account, change: FactorChange, { by }: { by: Actor }): Promise<void> {
    await this.#app.knownBrowsers.distrustAll(account, { by })
    await this.#app.emails.send('factor-changed', account, { by, change })
  }
}
