import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { PURPOSES } from '../links/purposes.ts'

export interface HeldSecondFactors {
  /** Whether there is an authenticator app. */
  totp: boolean
  passkeys: number
  /** The number of unused ones. They replace a factor, but are not a factor. */
  recoveryCodes: number
  /** Whether there is a second factor to ask for. */
  any: boolean
}

/** The second factors of an account, of all kinds. */
export class SecondFactors {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'knownBrowsers'>) {
    this.#app = app
  }

  async of(account: Account): Promise<HeldSecondFactors> {
    const [held] = await this.#app.em.execute<[Omit<HeldSecondFactors, 'any'>]>(HELD, [
      account.id,
      account.id,
      account.id,
    ])
    return { ...held, any: held.totp || held.passkeys > 0 }
  }

  /** Whether a factor was used or added after that moment, which shows that the person has not lost all of them. */
  async usedSince(account: Account, moment: Date): Promise<boolean> {
    const values = TABLES.flatMap(() => [account.id, moment])
    const [{ used }] = await this.#app.em.execute<[{ used: boolean }]>(USED, values)
    return used
  }

  /**
   * "This wasn't me": removes the factors that were added within a week, the trust in browsers, and the recovery codes
   * if no factor remains that they could replace.
   */
  async removeRecent(account: Account, { by }: { by: Actor }): Promise<void> {
    const since = new Date(this.#app.clock.now().getTime() - SUSPECT_MS)
    await this.#app.atomically(async () => {
      let gone = 0
      for (const [table, added] of TABLES) gone += await this.#delete(table, account, `and ${added} > ?`, [since])
      if (!(await this.of(account)).any) gone += await this.#delete('recovery_code', account)
      await this.#app.knownBrowsers.distrustAll(account, { by })
      if (gone > 0) this.#app.audit.record('factors.recent-removed', { by, subject: account.id })
    })
  }

  /** Removes all factors, and the trust in browsers. */
  async reset(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      for (const [table] of TABLES) await this.#delete(table, account)
      await this.#app.knownBrowsers.distrustAll(account, { by })
      this.#app.audit.record('factors.reset', { by, subject: account.id })
    })
  }

  /** @returns how many were deleted */
  async #delete(table: string, account: Account, condition = '', values: readonly Date[] = []): Promise<number> {
    const statement = `delete from ${table} where account_id = ? ${condition} returning 1`
    return (await this.#app.em.execute(statement, [account.id, ...values])).length
  }
}

/** Factors added within the lifetime of a "this wasn't me" link are suspect. */
const SUSPECT_MS = PURPOSES['report-compromise'].life * 1000

/** Their tables, with the columns for when one was added and last used. */
const TABLES = [
  ['totp', 'added_at', 'last_used_at'],
  ['passkey', 'created_at', 'last_used_at'],
  ['recovery_code', 'made_at', 'used_at'],
] as const

const USED = `select ${TABLES.map(
  ([table, added, used]) => `exists(select from ${table} where account_id = ? and greatest(${added}, ${used}) > ?)`,
).join(' or ')} as used`

const HELD = `
  select
    exists(select from totp where account_id = ?) as totp,
    (select count(*)::int from passkey where account_id = ?) as passkeys,
    (select count(*)::int from recovery_code where account_id = ? and used_at is null) as "recoveryCodes"`
