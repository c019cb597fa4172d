import type { Account } from '../accounts/account.ts'
import { parseEmail } from '../accounts/email.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import { nameOf, type Place } from './authentication-sessions.ts'

/** As long as a sign-in that has begun can be gone on with. */
const REGISTERED = keptKind<{ accountId: string }>('Registered', { ttl: 15 * 60 })

/**
 * Which account a browser has registered in an interaction, so that a form that is sent a second time (a double click, the
 * back button) leads on instead of saying that the email is taken.
 */
export class InteractionRegistrations {
  readonly #app

  constructor(app: Needs<'accounts' | 'throttledVerification' | 'kept'>) {
    this.#app = app
  }

  /** Before the account can be seen by others: the second form finds the email taken, and then finds this. */
  async remember(place: Place, account: Account): Promise<void> {
    await this.#app.kept.put(REGISTERED, nameOf(place), { accountId: account.id })
  }

  /**
   * The account, where the same form came before: the same browser and interaction, email and password.
   * @throws TooManyAttempts, Busy
   */
  async again(
    place: Place,
    { email, password }: { email: string; password: string },
    { by }: { by: Actor },
  ): Promise<Account | null> {
    const made = await this.#app.kept.look(REGISTERED, nameOf(place))
    const account = made && (await this.#app.accounts.findByEmail(parseEmail(email) ?? ''))
    if (!account || account.id !== made.accountId) return null
    const attempt = { address: account.email, password, device: null }
    return (await this.#app.throttledVerification.password(account, attempt, { by })) === null ? account : null
  }
}
