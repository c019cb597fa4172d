import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { PURPOSES } from '../../links/purposes.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import { bindingKey, type InteractionBinding } from '../pending-sign-ins.ts'

/** The address as it was typed, stored by interaction and browser. */
const EMAIL = keptKind<{ email: string }>('SignInEmail', { ttl: PURPOSES['sign-in'].life })

/** The longest address possible (RFC 5321 section 4.5.3.1). */
const LONGEST = 254

/**
 * Emails to sign in with. Each has a link, and a code for a person who reads it on another device. Both work only in
 * the interaction and browser that requested the email, and only those of the newest email work. The response, the work
 * and the time are the same whether or not an account can sign in.
 */
export class SignInEmails {
  readonly #app

  constructor(app: Needs<'atomically' | 'accounts' | 'emails' | 'kept' | 'linkCodes' | 'audit'>) {
    this.#app = app
  }

  /** @throws TooManyAttempts */
  async request(
    email: string,
    binding: InteractionBinding,
    { by, target = null, locale }: { by: Actor; target?: string | null; locale?: Account['language'] | undefined },
  ): Promise<void> {
    await this.#app.emails.takeLimits(this.#app.accounts.loginKey(email), { by })
    // Stored before the email is queued: delivery starts at once, and waiting for it would reveal that one is sent.
    await this.#app.kept.put(EMAIL, bindingKey(binding), { email: email.trim().slice(0, LONGEST) })
    await this.#app.atomically(async () => {
      const account = await this.#app.accounts.findToSignIn(email)
      this.#app.audit.record('sign-in.email-requested', { by, subject: account?.id ?? null, target })
      const write = () => this.#write(account, binding, by, locale)
      await (account?.active ? this.#app.atomically(write) : this.#app.atomically.decoy(write))
    })
  }

  /** The address, as typed, for which an email was requested here; null if there is none that still works. */
  async requestedFor(binding: InteractionBinding): Promise<string | null> {
    return (await this.#app.kept.look(EMAIL, bindingKey(binding)))?.email ?? null
  }

  /** Without an account, the same is written and the caller rolls it back. */
  async #write(
    account: Account | null,
    binding: InteractionBinding,
    by: Actor,
    locale?: Account['language'],
  ): Promise<void> {
    const { code, digest } = this.#app.linkCodes.make('sign-in', codeBinding(account, binding))
    const bound = { browser: bindingKey(binding), code: digest }
    const page = `interaction/${binding.interaction}/email`
    await this.#app.emails.send('sign-in', account, { by, locale, code, page, bound })
  }
}

/** What the code of such an email is bound to: one account in one interaction and browser. */
export function codeBinding(account: Account | null, binding: InteractionBinding): string[] {
  return [account?.id ?? '', bindingKey(binding)]
}
