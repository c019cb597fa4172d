import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { Devices } from './devices.ts'

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
  readonly #em: SqlEntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #devices: Devices

  constructor({
    em,
    clock,
    trail,
    devices,
  }: {
    em: SqlEntityManager
    clock: Clock
    trail: Trail
    devices: Devices
  }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#devices = devices
  }

  /** In one query. */
  async of(account: Account): Promise<HeldFactors> {
    const [held] = await this.#em.execute<[Omit<HeldFactors, 'any'>]>(HELD, [account.id, account.id, account.id])
    return { ...held, any: held.totp || held.passkeys > 0 }
  }

  /** Whether one was used, or added, after that moment: whoever did that has not lost them. */
  async usedSince(account: Account, moment: Date): Promise<boolean> {
    const values = TABLES.flatMap(() => [account.id, moment])
    const [{ used }] = await this.#em.execute<[{ used: boolean }]>(USED, values)
    return used
  }

  /**
   * «This was not me»: lets those go that came within a week, the browsers that were trusted, and recovery codes where
   * nothing is left for them to recover.
   */
  async withdraw(account: Account, { by }: { by: Actor }): Promise<void> {
    const since = new Date(this.#clock.now().getTime() - SUSPECT_MS)
    await this.#em.transactional(async () => {
      let gone = 0
      for (const [table, added] of TABLES) gone += await this.#delete(table, account, `and ${added} > ?`, [since])
      if (!(await this.of(account)).any) gone += await this.#delete('recovery_code', account)
      await this.#devices.distrustAll(account, { by })
      if (gone > 0) this.#trail.record('factors.withdrawn', { by, subject: account.id })
    })
  }

  /** Lets all of them go, and the browsers that were trusted on their account. */
  async reset(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#em.transactional(async () => {
      for (const [table] of TABLES) await this.#delete(table, account)
      await this.#devices.distrustAll(account, { by })
      this.#trail.record('factors.reset', { by, subject: account.id })
    })
  }

  /** @returns how many */
  async #delete(table: string, account: Account, condition = '', values: readonly Date[] = []): Promise<number> {
    const statement = `delete from ${table} where account_id = ? ${condition} returning 1`
    return (await this.#em.execute(statement, [account.id, ...values])).length
  }
}

/** As long as a letter about a change can still be answered with «this was not me». */
const SUSPECT_MS = 7 * 24 * 60 * 60 * 1000

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
