import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** Accounts whose records are dropped at the same time. */
const AT_ONCE = 16
const PAGE = 500

const NEXT = 'select id from account where id > ? order by id limit ?'

/** What an account's own sign-out ends besides sessions and tokens: links, sign-ins in progress, trusted browsers. */
const SIGN_OUT = `
  with sparing as (select set_config('gatehouse.signing_everyone_out', 'on', true))
  update account set signed_out_at = greatest(account.signed_out_at, list.signed_out_at)
  from token_revocation_list list, sparing where account.id = ?`

/**
 * Ends all sessions and revokes all tokens of everyone, applications included: for the day on which a store or a backup was
 * stolen. The database keeps the time, so that no copy of Redis brings anything back.
 */
export class SignOutEveryone {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'artifacts' | 'backchannelLogout' | 'audit'>) {
    this.#app = app
  }

  /** From here on everything that began earlier is refused. */
  async begin({ by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      await this.#app.em.execute('select gatehouse_sign_out_everyone()')
      this.#app.audit.record('everyone.signed-out', { by })
    })
  }

  /**
   * Notifies the applications and removes the records, account by account. It can be interrupted and repeated.
   * @param onProgress called with the number of accounts so far
   */
  async settle(onProgress: (accounts: number) => void): Promise<number> {
    let [done, last] = [0, '00000000-0000-0000-0000-000000000000']
    for (;;) {
      const page = await this.#app.em.execute<{ id: string }[]>(NEXT, [last, PAGE])
      for (let start = 0; start < page.length; start += AT_ONCE)
        await Promise.all(page.slice(start, start + AT_ONCE).map(({ id }) => this.#drop(id)))
      done += page.length
      onProgress(done)
      if (page.length < PAGE) return done
      last = page.at(-1)!.id
    }
  }

  async #drop(id: string): Promise<void> {
    const { artifacts, backchannelLogout } = this.#app
    await backchannelLogout.send(await backchannelLogout.ofAccount(id))
    await this.#app.atomically(() => this.#app.em.execute(SIGN_OUT, [id]))
    await artifacts.dropAccount(id)
  }
}
