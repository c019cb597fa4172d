import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Actor } from '../base/actor.ts'
import { isId, isText, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, InvalidInput, NotFound } from '../base/refusals.ts'
import { foldUsername } from '../base/text/username.ts'
import { Account } from './account.ts'
import { normalizeEmail, parseEmail } from './email.ts'

interface NewAccount {
  email: string
  name?: string | null
  emailVerified?: boolean
  /** BCP 47. */
  locale?: string
}

/**
 * The people who can sign in: their address, whether it is proven, whether they may. How they prove who they are lives
 * in credentials/, what they may do in roles/.
 */
export class Accounts {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit'>) {
    this.#app = app
  }

  /** Stages a new account in the unit of work; `flush` makes it real. */
  register({ email, name, emailVerified = false, locale }: NewAccount, { by }: { by: Actor }): Account {
    const account = new Account()
    account.id = newId(this.#app.clock.now())
    account.email = normalizeEmail(email)
    account.emailVerified = emailVerified
    account.name = cleanName(name)
    account.profile = locale ? { locale } : {}
    account.createdAt = this.#app.clock.now()
    this.#app.em.persist(account)
    this.#app.audit.record('account.registered', { by, subject: account.id })
    return account
  }

  /** @throws Conflict where another account has the address, also when both registered in the same moment */
  async flush(): Promise<void> {
    try {
      await this.#app.em.flush()
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException && error.message.includes('account_email')) {
        this.#app.em.clear()
        throw new Conflict('an account with this e-mail address exists already')
      }
      throw error
    }
  }

  /** By id, address or username, as an operator types it. @throws NotFound */
  async find(text: string): Promise<Account> {
    const account = isId(text) ? await this.findById(text) : await this.findByLogin(text)
    if (!account) throw new NotFound(`there is no account ${JSON.stringify(text)}`)
    return account
  }

  findById(id: string): Promise<Account | null> {
    return this.#app.em.findOne(Account, { id })
  }

  /** Reads it again, and before that writes what is staged. @returns whether there is one still */
  async reload(account: Account): Promise<boolean> {
    await this.#app.em.flush()
    return (await this.#app.em.refresh(account)) !== null
  }

  /** By address or username: only addresses hold an @, so that no text is both. */
  async findByLogin(text: string): Promise<Account | null> {
    if (text.includes('@')) return this.findByEmail(text)
    return isText(text) ? this.#app.em.findOne(Account, { username: foldUsername(text) }) : null
  }

  async findByEmail(email: string): Promise<Account | null> {
    const address = parseEmail(email)
    return address ? this.#app.em.findOne(Account, { email: address }) : null
  }

  /**
   * Newest first. `after` is the id of the last one seen; `search` matches within addresses and names.
   * @throws InvalidInput where `after` is no id
   */
  async list({
    limit = 50,
    after,
    search,
  }: {
    limit?: number
    after?: string
    search?: string
  } = {}): Promise<Account[]> {
    if (after && !isId(after)) throw new InvalidInput({ after: 'is not the id of an account' })
    if (search && !isText(search)) return []
    const within = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`
    return this.#app.em.find(
      Account,
      {
        ...(after ? { id: { $lt: after } } : {}),
        ...(search
          ? {
              $or: [
                { email: { $like: within(search.toLowerCase()) } },
                { name: { $ilike: within(search) } },
                { username: { $like: within(search.toLowerCase()) } },
              ],
            }
          : {}),
      },
      { orderBy: { id: 'desc' }, limit },
    )
  }

  count(): Promise<number> {
    return this.#app.em.count(Account)
  }
}

/** @throws InvalidInput `name: 'too-long'` */
export function cleanName(name: string | null | undefined): string | null {
  const cleaned = name
    ?.normalize('NFC')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
  if (cleaned && cleaned.length > 200) throw new InvalidInput({ name: 'too-long' })
  return cleaned || null
}
