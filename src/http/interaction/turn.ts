import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { OWN_CLIENT } from '../../clients/client.ts'
import { isWebUrl } from '../../clients/uris.ts'
import { nameOf, type Place } from '../../login/open-attempts.ts'
import type { Circumstances } from '../../login/sign-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Interactions } from '../../oidc/interactions.ts'
import type { Context } from '../context.ts'
import { KnownDevices } from '../known-devices.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Form, PageData } from '../page-data.ts'
import type { Show } from '../show.ts'
import type { SignInPages } from './page-data.ts'

/** What the pages of a sign-in are made from. */
export interface Parts {
  app: App
  interactions: Interactions
  forms: Forms
  show: Show
}

/**
 * One step of a browser in a sign-in: the request, the interaction that it belongs to, and the answer. Every page between
 * an application's request and the answer to it is a function of a turn. Start reading in routes.ts.
 */
export class Turn {
  readonly app: App
  readonly parts: Parts
  readonly ctx: Context
  readonly interaction: Interaction
  readonly #devices: KnownDevices

  constructor(parts: Parts, ctx: Context, interaction: Interaction) {
    this.app = parts.app
    this.parts = parts
    this.ctx = ctx
    this.interaction = interaction
    this.#devices = new KnownDevices(parts.app.config)
  }

  get by(): Actor {
    return this.ctx.state.visitor
  }

  /** Who signs in, and to which application, for the audit log. */
  get circumstances(): Required<Circumstances> {
    return { by: this.by, target: this.interaction.client.id }
  }

  /** What tells this browser apart. */
  get browser(): string {
    return this.parts.forms.acquainted(this.ctx)
  }

  /** Whether it has sent what tells it apart: nothing is kept for one that has not. */
  get acquainted(): boolean {
    return this.parts.forms.browser(this.ctx) !== null
  }

  /** This interaction in this browser: what a sign-in keeps on its way belongs to both. */
  get place(): Place {
    return { interaction: this.interaction.uid, browser: this.browser }
  }

  get placeName(): string {
    return nameOf(this.place)
  }

  /** The tokens by which accounts know this browser. */
  get devices(): string[] {
    return this.#devices.of(this.ctx)
  }

  keepDevices(tokens: readonly string[]): void {
    this.#devices.keep(this.ctx, tokens)
  }

  /** A field of the form that was sent. */
  field(name: string): string {
    return this.ctx.state.form.get(name) ?? ''
  }

  /** The address of the interaction: it shows the page at which the sign-in stands. */
  get start(): string {
    return `${this.app.config.basePath}/interaction/${this.interaction.uid}`
  }

  /** The address that a form of this interaction is sent to. */
  action(path: string): string {
    return `${this.start}/${path}`
  }

  form(path: string): Form {
    const action = this.action(path)
    return { action, csrf: this.parts.forms.token(this.ctx, action) }
  }

  /** Answers with a page. */
  show<Name extends keyof SignInPages>(name: Name, data: SignInPages[Name]): void {
    const abortAction = this.action('abort')
    const csrf = this.parts.forms.token(this.ctx, 'action' in data ? data.action : abortAction)
    const shared = { client: this.interaction.client, csrf, startUrl: this.start, abortAction }
    this.parts.show(this.ctx, name, { ...shared, ...data } as unknown as PageData[Name])
  }

  redirect(address: string): void {
    this.ctx.status = 303
    this.ctx.redirect(address)
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
    const toTheWeb = client.id !== OWN_CLIENT && isWebUrl(this.interaction.parameter('redirect_uri') ?? '')
    const { origin } = new URL(this.app.config.issuer)
    if (toTheWeb) this.parts.show(this.ctx, 'onward', { client, url: address.slice(origin.length) })
    else this.redirect(address)
  }
}
