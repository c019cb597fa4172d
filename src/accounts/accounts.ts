import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Actor } from '../base/actor.ts'
import { isId, isText, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, InvalidInput, NotFound } from '../base/refusals.ts'
import { foldUsername, parseUsername } from '../base/text/username.ts'
import { Account } from './account.ts'
import { searchAccounts } from './account-search.ts'
import { normalizeEmail, parseEmail } from './email.ts'
import { onOneLine, PROFILE_LONGEST } from './profile.ts'

interface NewAccount {
  email: string
  name?: string | null
  emailVerified?: boolean
  /** BCP 47. */
  locale?: string
}

/** The people who can sign in. Their credentials are in `credentials`, their permissions in `roles`. */
export class Accounts {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'config'>) {
    this.#app = app
  }

  /** Stages a new account; `flush` writes it. */
  register({ email, name, emailVerified = false, locale }: NewAccount, { by }: { by: Actor }): Account {
    const createdAt = this.#app.clock.now()
    const account = Object.assign(new Account(), {
      id: newId(createdAt),
      email: normalizeEmail(email),
      emailVerified,
      name: cleanName(name),
      profile: locale ? { locale } : {},
      createdAt,
    })
    this.#app.em.persist(account)
    this.#app.audit.record('account.registered', { by, subject: account.id })
    return account
  }

  /** @throws Conflict if another account has the email, even if both are registered at the same time */
  async flush(): Promise<void> {
    try {
      await this.#app.em.flush()
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException && error.message.includes('account_email')) {
        this.#app.em.clear()
        throw new Conflict('an account with this email already exists')
      }
      throw error
    }
  }

  /** By ID, email or username. @throws NotFound */
  async find(text: string): Promise<Account> {
    const account = isId(text) ? await this.findById(text) : await this.findByLogin(text)
    if (!account) throw new NotFound(`there is no account ${JSON.stringify(text)}`)
    return account
  }

  findById(id: string): Promise<Account | null> {
    return this.#app.em.findOne(Account, { id })
  }

  /** Writes what is staged and reads the account again. @returns whether it still exists */
  async reload(account: Account): Promise<boolean> {
    await this.#app.em.flush()
    return (await this.#app.em.refresh(account)) !== null
  }

  /** By email or username: only emails contain an @. */
  async findByLogin(text: string): Promise<Account | null> {
    if (text.includes('@')) return this.findByEmail(text)
    return isText(text) ? this.#app.em.findOne(Account, { username: foldUsername(text) }) : null
  }

  /** For a sign-in: by email, or by username if the operator allows it. */
  findToSignIn(typed: string): Promise<Account | null> {
    return this.#app.config.signInWithUsername ? this.findByLogin(typed) : this.findByEmail(typed)
  }

  /** The key under which attempts are counted, whether or not the account exists; null if the text can't be a login. */
  loginKey(typed: string): string | null {
    return parseEmail(typed) ?? (this.#app.config.signInWithUsername ? parseUsername(typed) : null)
  }

  async findByEmail(email: string): Promise<Account | null> {
    const address = parseEmail(email)
    return address ? this.#app.em.findOne(Account, { email: address }) : null
  }

  /**
   * Newest first. `after` is the ID of the last account of the previous page; `search` is explained in account-search.ts.
   * @throws InvalidInput `after`
   */
  async list({ limit = 50, after, search }: { limit?: number; after?: string; search?: string } = {}) {
    if (after && !isId(after)) throw new InvalidInput({ after: 'is not the ID of an account' })
    if (search && !isText(search)) return []
    if (search) return searchAccounts(this.#app.em, search, { limit, after })
    const where = after ? { id: { $lt: after } } : {}
    return this.#app.em.find(Account, where, { orderBy: { id: 'desc' }, limit })
  }

  count(): Promise<number> {
    return this.#app.em.count(Account)
  }
}

/** @throws InvalidInput `name: 'too-long'` */
export function cleanName(name: string | null | undefined): string | null {
  const cleaned = onOneLine(name ?? '')
  if (cleaned.length > PROFILE_LONGEST.name) throw new InvalidInput({ name: 'too-long' })
  return cleaned || null
}
