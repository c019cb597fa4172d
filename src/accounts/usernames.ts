import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { USERNAME_ADVICE, usernameDigest } from '../base/text/username.ts'
import type { Account } from './account.ts'

/** The maximum number of former names held for an account, so that no one can block many names. */
const MAX_FORMER = 3

/**
 * Assigns usernames to accounts. Each name is a row of the table `username`, under a digest that is equal for names
 * that look alike, and the account in that row has the name; of two requests for one name, one gets the row. A name
 * that was given up, or whose account was erased, is held for `usernameHold` seconds; until then only its former owner
 * can take it.
 */
export class Usernames {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'config'>) {
    this.#app = app
  }

  /**
   * Must run in a transaction that has locked the account.
   * @param name from `parseProfile`, or null to remove it
   * @throws InvalidInput `preferred_username`: `taken`, also if the name is held for another account; `too-often`
   */
  async change(account: Account, name: string | null, { by }: { by: Actor }): Promise<void> {
    if (name === (account.username ?? null)) return
    if (name !== null && !isForOthers(by, account) && (await this.#countFormer(account, name)) >= MAX_FORMER)
      throw new InvalidInput({ preferred_username: 'too-often' }, advice('too-often'))
    if (name !== null && !(await this.#claim(account, name)))
      throw new InvalidInput({ preferred_username: 'taken' }, advice('taken'))
    await this.#replace(account, name, { by })
  }

  /** For names from upstream providers: if the account can't have the name, nothing changes. */
  async changeIfAvailable(account: Account, name: string, { by }: { by: Actor }): Promise<void> {
    if (name === (account.username ?? null) || (await this.#countFormer(account, name)) >= MAX_FORMER) return
    if (await this.#claim(account, name)) await this.#replace(account, name, { by })
  }

  /** The current name and those that are held; only digests are stored, so each has just the time it was given up. */
  async list(account: Account): Promise<{ freedAt: Date | null }[]> {
    const rows = await this.#app.em.execute<{ freed_at: string | Date | null }[]>(
      'select freed_at from username where account_id = ? order by freed_at nulls first',
      [account.id],
    )
    return rows.map(({ freed_at }) => ({ freedAt: freed_at === null ? null : new Date(freed_at) }))
  }

  /** Releases names whose hold is over. @returns how many */
  async prune(): Promise<number> {
    const gone = await this.#app.em.execute('delete from username where freed_at <= ? returning digest', [
      this.#heldSince(),
    ])
    return gone.length
  }

  /** In one statement, which prevents races. @returns whether the account has the name now */
  async #claim(account: Account, name: string): Promise<boolean> {
    const taken = await this.#app.em.execute(
      `insert into username (digest, account_id) values (?, ?)
       on conflict (digest) do update set account_id = excluded.account_id, freed_at = null
       where username.account_id = excluded.account_id or username.freed_at <= ? returning digest`,
      [usernameDigest(name), account.id, this.#heldSince()],
    )
    return taken.length === 1
  }

  /** Gives up the previous name, unless the new one looks the same. */
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

  /** How many other names are held for the account. */
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

/** Whether an operator or an administrator does it, and not the owner of the account. */
function isForOthers({ kind, id }: Actor, account: Account): boolean {
  return kind === 'operator' || kind === 'client' || (kind === 'account' && id !== account.id)
}
