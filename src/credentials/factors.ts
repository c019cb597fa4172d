import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { PURPOSES } from '../links/purposes.ts'

export interface HeldFactors {
  /** Whether there is an authenticator app. */
  totp: boolean
  passkeys: number
  /** Those left. They stand in for a factor, and are none. */
  recoveryCodes: number
  /** Whether there is anything to ask for beside the password. */
  any: boolean
}

/** What an account has beside its password, all kinds together. */
export class Factors {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'knownBrowsers'>) {
    this.#app = app
  }

  /** In one query. */
  async of(account: Account): Promise<HeldFactors> {
    const [held] = await this.#app.em.execute<[Omit<HeldFactors, 'any'>]>(HELD, [account.id, account.id, account.id])
    return { ...held, any: held.totp || held.passkeys > 0 }
  }

  /** Whether one was used, or added, after that moment: whoever did that has not lost them. */
  async usedSince(account: Account, moment: Date): Promise<boolean> {
    const values = TABLES.flatMap(() => [account.id, moment])
    const [{ used }] = await this.#app.em.execute<[{ used: boolean }]>(USED, values)
    return used
  }

  /**
   * «This was not me»: lets those go that came within a week, the browsers that were trusted, and recovery codes where
   * nothing is left for them to recover.
   */
  async withdraw(account: Account, { by }: { by: Actor }): Promise<void> {
    const since = new Date(this.#app.clock.now().getTime() - SUSPECT_MS)
    await this.#app.atomically(async () => {
      let gone = 0
      for (const [table, added] of TABLES) gone += await this.#delete(table, account, `and ${added} > ?`, [since])
      if (!(await this.of(account)).any) gone += await this.#delete('recovery_code', account)
      await this.#app.knownBrowsers.distrustAll(account, { by })
      if (gone > 0) this.#app.audit.record('factors.recent-removed', { by, subject: account.id })
    })
  }

  /** Lets all of them go, and the browsers that were trusted on their account. */
  async reset(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      for (const [table] of TABLES) await this.#delete(table, account)
      await this.#app.knownBrowsers.distrustAll(account, { by })
      this.#app.audit.record('factors.reset', { by, subject: account.id })
    })
  }

  /** @returns how many */
  async #delete(table: string, account: Account, condition = '', values: readonly Date[] = []): Promise<number> {
    const statement = `delete from ${table} where account_id = ? ${condition} returning 1`
    return (await this.#app.em.execute(statement, [account.id, ...values])).length
  }
}

/** As long as an e-mail about a change can still be answered with "this wasn't me". */
const SUSPECT_MS = PURPOSES.panic.life * 1000

/** Where they are kept, when each came, and when it was used last. */
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
