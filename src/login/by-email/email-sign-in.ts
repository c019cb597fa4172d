import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/details.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden, WrongCredentials } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { KnownBrowser } from '../../credentials/known-browsers/known-browser.ts'
import { METHODS } from '../assurance.ts'
import { bindingKey, type InteractionBinding } from '../pending-sign-ins.ts'
import type { Circumstances, Identified } from '../sign-in.ts'
import { codeBinding } from './sign-in-emails.ts'

/**
 * Sign-in with the link of an email, in the browser that requested it, or with the code, typed there. Either is one
 * factor and verifies the address. In other browsers the link does nothing, so that a person cannot be signed in by
 * opening a link that someone else requested.
 */
export class EmailSignIn {
  readonly #app

  constructor(
    app: Needs<
      | 'accounts'
      | 'throttledVerification'
      | 'knownBrowsers'
      | 'linkCodes'
      | 'links'
      | 'signInEmails'
      | 'emailOwnership'
      | 'audit'
      | 'config'
    >,
  ) {
    this.#app = app
  }

  /** Attempts count against the limits for passwords. @throws WrongCredentials, TooManyAttempts, Busy */
  async withCode(
    binding: InteractionBinding,
    { code, browserTokens = [] }: { code: string; browserTokens?: readonly string[] },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const typed = (await this.#app.signInEmails.requestedFor(binding)) ?? ''
    const account = await this.#app.accounts.findToSignIn(typed)
    const address = account?.email ?? this.#app.accounts.loginKey(typed)
    const browser = await this.#app.knownBrowsers.find(account, browserTokens)
    const typedCode = { browser: bindingKey(binding), binding: codeBinding(account, binding), code }
    const check = () => this.#app.linkCodes.spend('sign-in', account, typedCode)
    const attempt = { by, reason: 'wrong-email-code' as const, check }
    const reason = await this.#app.throttledVerification.verify(account, { address, browser }, attempt)
    if (!account || reason) return this.#refuse(account, reason ?? 'wrong-email-code', { by, target })
    return this.#identified(account, { by, target }, browser)
  }

  /**
   * Changes nothing.
   * @returns the link's account; `elsewhere` if another browser or interaction requested it; null if it is not valid
   */
  async look(binding: InteractionBinding | null, token: string): Promise<Account | 'elsewhere' | null> {
    const link = await this.#app.links.look('sign-in', token)
    if (!link?.account?.active) return null
    return binding && sameText(link.browser ?? '', digest(bindingKey(binding))) ? link.account : 'elsewhere'
  }

  /** @throws Forbidden `link_invalid`; WrongCredentials if the address has to be verified in another way first */
  async withLink(
    binding: InteractionBinding | null,
    token: string,
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const account = await this.look(binding, token)
    if (account === null || account === 'elsewhere')
      throw new Forbidden('this link was used, has expired or belongs to another browser', 'link_invalid')
    await this.#app.links.spend('sign-in', token)
    return this.#identified(account, { by, target })
  }

  async #identified(
    account: Account,
    circumstances: Circumstances,
    browser?: KnownBrowser | null,
  ): Promise<Identified> {
    await this.#app.emailOwnership.confirm(account, { by: { ...circumstances.by, kind: 'account', id: account.id } })
    if (this.#app.config.emailVerification === 'required' && !account.emailVerified)
      return this.#refuse(account, 'address-unverified', circumstances)
    return { account, method: METHODS.email, ...(browser === undefined ? {} : { browser }) }
  }

  async #refuse(
    account: Account | null,
    reason: Reason<'sign-in.refused'>,
    { by, target = null }: Circumstances,
  ): Promise<never> {
    await this.#app.audit.write('sign-in.refused', { by, subject: account?.id ?? null, target, reason })
    throw new WrongCredentials()
  }
}
