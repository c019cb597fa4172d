import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/catalogue.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden, WrongCredentials } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { KnownBrowser } from '../../credentials/known-browsers/known-browser.ts'
import { METHODS } from '../assurance.ts'
import { bindingKey, type InteractionBinding } from '../pending-sign-ins.ts'
import type { Circumstances, Identified } from '../sign-in.ts'

/**
 * Sign-in with the link of an email, in the browser that requested it, or with the code, typed there. Either is one
 * factor and verifies the address. In other browsers the link does nothing, so that a person cannot be signed in by
 * opening a link that someone else requested.
 */
export class EmailSignIn {
  readonly #app

  constructor(
    app: Needs<
      | 'loginNames'
      | 'throttledVerification'
      | 'knownBrowsers'
      | 'linkCodes'
      | 'links'
      | 'emailCodes'
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
    place: InteractionBinding,
    { code, devices: tokens = [] }: { code: string; devices?: readonly string[] },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const asked = (await this.#app.signInEmails.requestedFor(place)) ?? ''
    const account = await this.#app.loginNames.find(asked)
    const address = account?.email ?? this.#app.loginNames.normalize(asked)
    const device = await this.#app.knownBrowsers.find(account, tokens)
    const codes = this.#app.emailCodes.digests(account?.id ?? '', bindingKey(place), code)
    const right = () => this.#app.linkCodes.spend('sign-in', account, { browser: bindingKey(place), codes })
    const reason = await this.#app.throttledVerification.verify(
      account,
      { address, browser: device },
      { by, wrong: 'wrong-email-code', right },
    )
    if (!account || reason) return this.#refuse(account, reason ?? 'wrong-email-code', { by, target })
    return this.#identified(account, { by, target }, device)
  }

  /**
   * Changes nothing. @returns the link's account; `elsewhere` if another place requested it; null if it is not valid
   */
  async look(place: InteractionBinding | null, token: string): Promise<Account | 'elsewhere' | null> {
    const link = await this.#app.links.look('sign-in', token)
    if (!link?.account?.active) return null
    return place && sameText(link.browser ?? '', digest(bindingKey(place))) ? link.account : 'elsewhere'
  }

  /** @throws Forbidden `link_invalid`; WrongCredentials if the address has to be verified in another way first */
  async withLink(
    place: InteractionBinding | null,
    token: string,
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const account = await this.look(place, token)
    if (account === null || account === 'elsewhere')
      throw new Forbidden('this link was used already, has expired, or is for another browser', 'link_invalid')
    await this.#app.links.spend('sign-in', token)
    return this.#identified(account, { by, target })
  }

  async #identified(account: Account, circumstances: Circumstances, device?: KnownBrowser | null): Promise<Identified> {
    await this.#app.emailOwnership.confirm(account, { by: { ...circumstances.by, kind: 'account', id: account.id } })
    if (this.#app.config.emailVerification === 'required' && !account.emailVerified)
      return this.#refuse(account, 'address-unverified', circumstances)
    return { account, method: METHODS.mail, ...(device === undefined ? {} : { browser: device }) }
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
