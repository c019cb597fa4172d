import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { USERNAME_ADVICE, usernameDigest } from '../base/text/username.ts'
import type { Account } from './account.ts'

/** A person who changes their name back and forth keeps no more than these from others. */
const MAX_FORMER = 3

/**
 * Who has which username. Each name that was ever taken is a row of the table `username`, under the digest of what it
 * looks like: the account that holds that row has the name, and of two requests for one name one gets the row. A name that was
 * given up, and that of an erased account, stays there until `hold` is over; only its former owner gets it sooner.
 */
export class Usernames {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'config'>) {
    this.#app = app
  }

  /**
   * Within a transaction, and one at a time for one account, which is in the database.
   * @param name as `parseProfile` has it, or null for none
   * @throws InvalidInput `preferred_username`: `taken`, also where it was until recently; `too-often`
   */
  async change(account: Account, name: string | null, { by }: { by: Actor }): Promise<void> {
    if (name === (account.username ?? null)) return
    if (name !== null && by.kind !== 'operator' && (await this.#countFormer(account, name)) >= MAX_FORMER)
      throw new InvalidInput({ preferred_username: 'too-often' }, advice('too-often'))
    if (name !== null && !(await this.#claim(account, name)))
      throw new InvalidInput({ preferred_username: 'taken' }, advice('taken'))
    await this.#replace(account, name, { by })
  }

  /** The same with what an upstream provider says: where the account cannot have it, it keeps what it has. */
  async changeIfAvailable(account: Account, name: string, { by }: { by: Actor }): Promise<void> {
    if (name === (account.username ?? null) || (await this.#countFormer(account, name)) >= MAX_FORMER) return
    if (await this.#claim(account, name)) await this.#replace(account, name, { by })
  }

  /** Its names, the present one and those that are kept for it; of these only when they were given up is known. */
  async list(account: Account): Promise<{ freedAt: Date | null }[]> {
    const rows = await this.#app.em.execute<{ freed_at: string | Date | null }[]>(
      'select freed_at from username where account_id = ? order by freed_at nulls first',
      [account.id],
    )
    return rows.map(({ freed_at }) => ({ freedAt: freed_at === null ? null : new Date(freed_at) }))
  }

  /** @returns how many names anybody may have again */
  async prune(): Promise<number> {
    const gone = await this.#app.em.execute('delete from username where freed_at <= ? returning digest', [
      this.#heldSince(),
    ])
    return gone.length
  }

  /** One statement, so that nobody comes between looking and taking. @returns whether the account has it now */
  async #claim(account: Account, name: string): Promise<boolean> {
    const taken = await this.#app.em.execute(
      `insert into username (digest, account_id) values (?, ?)
       on conflict (digest) do update set account_id = excluded.account_id, freed_at = null
       where username.account_id = excluded.account_id or username.freed_at <= ? returning digest`,
      [usernameDigest(name), account.id, this.#heldSince()],
    )
    return taken.length === 1
  }

  /** Gives up the name before, unless the new one looks the same. */
  async #replace(account: Account, name: string | null, { by }: { by: Actor }): Promise<void> {
    const before = account.username
    account.username = name
    if (before && (name === null || usernameDigest(before) !== usernameDigest(name)))
      await this.#app.em.execute('update username set freed_at = ? where digest = ? and account_id = ?', [
        this.#app.clock.now().toISOString(),
        usernameDigest(before),
        account.id,
      ])
    this.#app.audit.record(name === null ? 'username.removed' : 'username.changed', { by, subject: account.id })
    await this.#app.em.flush()
  }

  /** How many names are kept for the account, beside this one. */
  async #countFormer({ id }: Account, name: string): Promise<number> {
    const [row] = await this.#app.em.execute<{ count: string | number }[]>(
      'select count(*) as count from username where account_id = ? and freed_at > ? and digest <> ?',
      [id, this.#heldSince(), usernameDigest(name)],
    )
    return Number(row?.count ?? 0)
  }

  #heldSince(): string {
    return new Date(this.#app.clock.now().getTime() - this.#app.config.usernameHold * 1000).toISOString()
  }
}

const advice = (problem: string) => `username: ${USERNAME_ADVICE[problem]}`
