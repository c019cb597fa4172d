import type { Account } from '../../accounts/account.ts'
import { OWN_CLIENT } from '../../clients/client.ts'
import { isWebUrl } from '../../clients/uris.ts'
import { bindingKey, type InteractionBinding } from '../../login/pending-sign-ins.ts'
import type { Circumstances } from '../../login/sign-in.ts'
import type { Interaction } from '../../oidc/interactions/interaction.ts'
import type { Interactions } from '../../oidc/interactions/interactions.ts'
import type { PageData } from '../kit/pages/page-data.ts'
import { type PasskeyForm, type ProvidersForm, providerView } from '../kit/pages/page-parts.ts'
import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import type { Route } from '../kit/pages/route.ts'
import type { Context } from '../kit/request/context.ts'
import { keepBrowserTokens, readBrowserTokens } from '../kit/request/known-browser-cookie.ts'
import type { InteractionPages, SignInPage } from './page-data.ts'

export interface Parts extends PageParts {
  interactions: Interactions
}

/**
 * A request to a page of a sign-in: the browser, its interaction and the response. Every page between an authorization
 * request and its response is a function of a turn. Start reading in routes.ts.
 */
export class Turn extends PageRequest {
  readonly interaction: Interaction

  constructor(parts: PageParts, ctx: Context, interaction: Interaction) {
    super(parts, ctx)
    this.interaction = interaction
  }

  /** The actor and the application, for the audit log. */
  get circumstances(): Required<Circumstances> {
    return { by: this.by, target: this.interaction.client.id }
  }

  /** What a sign-in stores is bound to this interaction in this browser. */
  get binding(): InteractionBinding {
    return { interaction: this.interaction.uid, browser: this.browser }
  }

  get bindingKey(): string {
    return bindingKey(this.binding)
  }

  /** The tokens that identify this browser to the accounts that have signed in with it. */
  get browserTokens(): string[] {
    return readBrowserTokens(this.ctx, this.app.config)
  }

  keepBrowserTokens(tokens: readonly string[]): void {
    keepBrowserTokens(this.ctx, tokens, this.app.config)
  }

  /** The path of the interaction, which shows the page of the current step. */
  get start(): string {
    return `${this.app.config.basePath}/interaction/${this.interaction.uid}`
  }

  /** The address that a form of this interaction is sent to. */
  override action(path: string): string {
    return `${this.start}/${path}`
  }

  /** Answers with a page of the sign-in. */
  show<Name extends keyof InteractionPages>(name: Name, data: Omit<InteractionPages[Name], keyof SignInPage>): void {
    const abortAction = this.action('abort')
    const csrf = this.parts.forms.token(this.ctx, 'action' in data ? String(data.action) : abortAction)
    const addresses = { startUrl: this.start, signInUrl: this.action('sign-in'), abortAction }
    const shared = { client: this.interaction.client, csrf, ...addresses }
    this.answer(name, { ...shared, ...data } as unknown as PageData[Name])
  }

  /** @param account null: of any account, which the passkey then identifies */
  async passkeyForm(path: string, account: Account | null): Promise<PasskeyForm> {
    return { ...this.form(path), ...(await this.app.passkeyAuthentication.options(account)) }
  }

  /** The buttons of the providers that are offered; null if there are none. */
  async providersForm({ newcomers = false } = {}): Promise<ProvidersForm | null> {
    const { identityProviders, justInTimeRegistration } = this.app
    const enabled = await identityProviders.enabled()
    const offered = newcomers ? enabled.filter(provider => justInTimeRegistration.admits(provider)) : enabled
    return offered.length === 0 ? null : { ...this.form('upstream'), offered: offered.map(providerView) }
  }

  /** Redirects to the page of the current step. */
  restart(): void {
    this.redirect(this.start)
  }

  /**
   * Ends the interaction; the protocol library then answers the application. The application may redirect to any host, and
   * browsers apply the form-action policy of our form to that redirect too, so a page of ours redirects there. A native
   * application, which opens only after an action of the person, and our own account pages are redirected to at once.
   */
  leave(address: string): void {
    const { client } = this.interaction
    const returnsToWeb = client.id !== OWN_CLIENT && isWebUrl(this.interaction.request.parameter('redirect_uri') ?? '')
    const { origin } = new URL(this.app.config.issuer)
    if (returnsToWeb) this.answer('redirect-to-client', { client, url: address.slice(origin.length) })
    else this.redirect(address)
  }
}

/** A page or a form of a sign-in, and what it needs besides its contract (kit/pages/route.ts). */
export interface Step extends Route<Turn> {
  /** The prompt that the step answers (default `login`). At another prompt, the browser is sent to that one instead. */
  prompt?: 'login' | 'access' | 'consent' | 'any'
  /** Answers a request that has no interaction to continue. @returns whether it did */
  before?(parts: Parts, ctx: Context): Promise<boolean>
}
