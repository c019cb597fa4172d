import type { Account } from '../accounts/account.ts'
import { parseEmail } from '../accounts/email.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import { bindingKey, type InteractionBinding } from './pending-sign-ins.ts'

/** Kept for as long as a sign-in can be continued. */
const REGISTERED = keptKind<{ accountId: string }>('Registered', { ttl: 15 * 60 })

/**
 * Remembers which account a browser registered in an interaction, so that a form that is sent twice (a double click,
 * the back button) continues instead of reporting that the email is taken.
 */
export class DuplicateRegistrations {
  readonly #app

  constructor(app: Needs<'accounts' | 'throttledVerification' | 'kept'>) {
    this.#app = app
  }

  /** Called before other requests see the account: a second form that finds the email taken then finds this. */
  async remember(place: InteractionBinding, account: Account): Promise<void> {
    await this.#app.kept.put(REGISTERED, bindingKey(place), { accountId: account.id })
  }

  /**
   * The registered account, if the same form was sent before: same browser, interaction, email and password.
   * @throws TooManyAttempts, Busy
   */
  async find(
    place: InteractionBinding,
    { email, password }: { email: string; password: string },
    { by }: { by: Actor },
  ): Promise<Account | null> {
    const made = await this.#app.kept.look(REGISTERED, bindingKey(place))
    const account = made && (await this.#app.accounts.findByEmail(parseEmail(email) ?? ''))
    if (!account || account.id !== made.accountId) return null
    const attempt = { address: account.email, password, browser: null }
    return (await this.#app.throttledVerification.verifyPassword(account, attempt, { by })) === null ? account : null
  }
}
