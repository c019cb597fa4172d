import { OWN_CLIENT } from '../../clients/client.ts'
import { isWebUrl } from '../../clients/uris.ts'
import { bindingKey, type InteractionBinding } from '../../login/pending-sign-ins.ts'
import type { Circumstances } from '../../login/sign-in.ts'
import type { Interaction } from '../../oidc/interactions/interaction.ts'
import type { Interactions } from '../../oidc/interactions/interactions.ts'
import type { PageData } from '../kit/pages/page-data.ts'
import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import type { Route } from '../kit/pages/route.ts'
import type { Context } from '../kit/request/context.ts'
import { KnownBrowserCookie } from '../kit/request/known-browser-cookie.ts'
import type { InteractionPages, SignInPage } from './page-data.ts'

/** What the pages of a sign-in are made from. */
export interface Parts extends PageParts {
  interactions: Interactions
}

/**
 * One step of a browser in a sign-in: a request, the interaction that it belongs to, and the answer. Every page between
 * an application's request and the answer to it is a function of a turn. Start reading in routes.ts.
 */
export class Turn extends PageRequest {
  readonly interaction: Interaction
  readonly #browserCookie: KnownBrowserCookie

  constructor(parts: PageParts, ctx: Context, interaction: Interaction) {
    super(parts, ctx)
    this.interaction = interaction
    this.#browserCookie = new KnownBrowserCookie(parts.app.config)
  }

  /** Who signs in, and to which application, for the audit log. */
  get circumstances(): Required<Circumstances> {
    return { by: this.by, target: this.interaction.client.id }
  }

  /** This interaction in this browser: what a sign-in keeps on its way belongs to both. */
  get binding(): InteractionBinding {
    return { interaction: this.interaction.uid, browser: this.browser }
  }

  get bindingKey(): string {
    return bindingKey(this.binding)
  }

  /** The tokens by which accounts know this browser. */
  get browserTokens(): string[] {
    return this.#browserCookie.of(this.ctx)
  }

  keepBrowserTokens(tokens: readonly string[]): void {
    this.#browserCookie.keep(this.ctx, tokens)
  }

  /** The address of the interaction: it shows the page at which the sign-in stands. */
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
    const shared = { client: this.interaction.client, csrf, startUrl: this.start, abortAction }
    this.answer(name, { ...shared, ...data } as unknown as PageData[Name])
  }

  /** Leads to the page at which the sign-in stands. */
  restart(): void {
    this.redirect(this.start)
  }

  /**
   * Ends the interaction: the protocol library answers the application from there. The application may redirect to any
   * other host, and browsers hold that to the policy of the form that began it all, however many redirects ago: so a page
   * leads there. Not to an application on the device, which opens only for what a person does, nor to our own account pages.
   */
  leave(address: string): void {
    const { client } = this.interaction
    const toTheWeb = client.id !== OWN_CLIENT && isWebUrl(this.interaction.request.parameter('redirect_uri') ?? '')
    const { origin } = new URL(this.app.config.issuer)
    if (toTheWeb) this.answer('redirect-to-client', { client, url: address.slice(origin.length) })
    else this.redirect(address)
  }
}

/** A page or a form of a sign-in, and what it needs beside its contract (kit/route.ts). */
export interface Step extends Route<Turn> {
  /** The prompt that the step answers (default `login`). At another prompt, the browser is sent to that one instead. */
  prompt?: 'login' | 'consent' | 'any'
  /** Answers where there is no interaction to go on with. @returns whether it did */
  before?(parts: Parts, ctx: Context): Promise<boolean>
}
