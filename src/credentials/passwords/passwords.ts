import { type Account, NO_ACCOUNT } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'
import { PURPOSES } from '../../links/purposes.ts'
import { Hashing } from './hashing.ts'
import { FormerPassword, Password } from './password.ts'
import { checkPassword, normalizePassword } from './password-rules.ts'

/** Milliseconds before a change of the account's address in which a replaced password still counts as proof. */
const WINDOW_MS = 7 * 24 * 60 * 60 * 1000

/** The window before a change of the address, and the time in which the change can be undone. */
const FORMER_KEPT_MS = WINDOW_MS + PURPOSES['undo-email-change'].life * 1000

/** At most this many per window. The oldest are kept, so a thief cannot push out the owner's by changing it often. */
const MOST_FORMER = 4

/**
 * Sets passwords that comply with the rules, and verifies them in the same time whether or not there is one. Passwords
 * that were replaced are kept for a while, to find out who had the account when its address changed.
 */
export class Passwords {
  readonly #app
  readonly #hashing: Hashing
  /**
   * A digest that belongs to no account, made with the current parameters: verifying it takes as long as verifying a
   * real one.
   */
  readonly #decoyDigest: Promise<string>

  constructor(app: Needs<'em' | 'links' | 'clock' | 'audit' | 'config'>) {
    this.#app = app
    this.#hashing = new Hashing(app.config.passwordHashing)
    this.#decoyDigest = this.#hashing.hash(newSecret())
  }

  /** Prepares the decoy digest, which the first check would otherwise wait for. */
  async ready(): Promise<void> {
    await this.#decoyDigest
  }

  /**
   * Checks the rules and makes the digest for `set`. Hashing is slow, so it is done before a transaction begins.
   * @throws InvalidInput, Busy
   */
  hash(text: string, email: string): Promise<string> {
    checkPassword(text, email)
    return this.#hashing.hash(normalizePassword(text))
  }

  /**
   * Stages the password in the unit of work. Unused links to sign in, to reset the password, to change the email and to
   * reset second factors stop working (links/purposes.ts).
   */
  async set(account: Account, digest: string, { by }: { by: Actor }): Promise<void> {
    const known = await this.#app.em.findOne(Password, { account })
    if (known) await this.#keepFormer(known)
    const password = known ?? Object.assign(new Password(), { account })
    Object.assign(password, { digest, changedAt: this.#app.clock.now() })
    this.#app.em.persist(password)
    await this.#app.links.end(account, 'password-changed')
    this.#app.audit.record('password.set', { by, subject: account.id })
  }

  /** Stages the removal in the unit of work. The account has no password afterwards. */
  async remove(account: Account, { by }: { by: Actor }): Promise<void> {
    const password = await this.#app.em.findOne(Password, { account })
    if (password) await this.#keepFormer(password)
    if (password) this.#app.em.remove(password)
    this.#app.audit.record('password.removed', { by, subject: account.id })
  }

  /** Also removes former passwords: the account has a new owner, so they no longer prove ownership. */
  async forget(account: Account, { by }: { by: Actor }): Promise<void> {
    const password = await this.#app.em.findOne(Password, { account })
    if (password) this.#app.em.remove(password)
    await this.forgetFormer(account)
    this.#app.audit.record('password.removed', { by, subject: account.id })
  }

  async forgetFormer(account: Account): Promise<void> {
    await this.#app.em.flush()
    await this.#app.em.nativeDelete(FormerPassword, { account })
  }

  /** Deletes former passwords that no longer count. @returns how many */
  prune(): Promise<number> {
    return this.#app.em.nativeDelete(FormerPassword, { replacedAt: { $lt: this.#ago(FORMER_KEPT_MS) } })
  }

  /** When the password was set; null if there is none. */
  async changedAt(account: Account | string): Promise<Date | null> {
    const id = typeof account === 'string' ? account : account.id
    return (await this.#app.em.findOne(Password, { account: id }))?.changedAt ?? null
  }

  /** Queries the database, whatever this unit of work has read before. */
  async has(account: Account): Promise<boolean> {
    return (await this.#app.em.count(Password, { account: account.id })) > 0
  }

  /** Takes the same time without an account. An outdated digest is renewed in the unit of work. @throws Busy */
  async verify(account: Account | null, attempt: string): Promise<boolean> {
    const password = await this.#app.em.findOne(Password, { account: account?.id ?? NO_ACCOUNT })
    const text = normalizePassword(attempt)
    const right = await this.#hashing.verify(password?.digest ?? (await this.#decoyDigest), text)
    if (!account || !password || !right) return false
    if (this.#hashing.outdated(password.digest)) password.digest = await this.#hashing.hash(text)
    return true
  }

  /** Whether the account had a password at that moment, or in the week before it. */
  async hadAt(account: Account, moment: Date): Promise<boolean> {
    return (await this.#digestsOf(account, moment)).length > 0
  }

  /**
   * Whether the attempt was the account's password at that moment, or in the week before it. A password that was set
   * later does not count: the person who set it may not be the one who had the account. Every digest is tried, so that
   * the time does not reveal which one was right.
   * @throws Busy
   */
  async verifyAt(account: Account, moment: Date, attempt: string): Promise<boolean> {
    const text = normalizePassword(attempt)
    let right = false
    for (const digest of await this.#digestsOf(account, moment)) {
      if (await this.#hashing.verify(digest, text)) right = true
    }
    return right
  }

  async #digestsOf(account: Account, moment: Date): Promise<string[]> {
    const since = new Date(moment.getTime() - WINDOW_MS)
    const present = await this.#app.em.find(Password, { account, changedAt: { $lte: moment } })
    const then = { account, setAt: { $lte: moment }, replacedAt: { $gt: since } }
    const former = await this.#app.em.find(FormerPassword, then)
    return [...present, ...former].map(({ digest }) => digest)
  }

  async #keepFormer({ account, digest, changedAt }: Password): Promise<void> {
    const replacedAt = this.#app.clock.now()
    const recent = { account, replacedAt: { $gt: this.#ago(WINDOW_MS) } }
    if ((await this.#app.em.count(FormerPassword, recent)) >= MOST_FORMER) return
    const former = new FormerPassword()
    Object.assign(former, { id: newId(replacedAt), account, digest, setAt: changedAt, replacedAt })
    this.#app.em.persist(former)
  }

  #ago(ms: number): Date {
    return new Date(this.#app.clock.now().getTime() - ms)
  }
}
