import type { App } from '../../../app.ts'
import type { Actor } from '../../../base/actor.ts'
import { Forbidden } from '../../../base/refusals.ts'
import type { Forms } from '../../middleware/forms.ts'
import type { Context } from '../request/context.ts'
import type { PageData, PageName } from './page-data.ts'
import type { Form } from './page-parts.ts'
import type { Show } from './show.ts'

export interface PageParts {
  app: App
  forms: Forms
  show: Show
}

/** Why the page `links/link-invalid` is shown. */
export function linkInvalid(): Forbidden {
  return new Forbidden('the link was already used, has expired, or is incomplete', 'link_invalid')
}

/** A request to one of our pages: its sender, its form and its answer. Pages are functions of it (route.ts). */
export class PageRequest {
  readonly app: App
  readonly parts: PageParts
  readonly ctx: Context

  constructor(parts: PageParts, ctx: Context) {
    this.app = parts.app
    this.parts = parts
    this.ctx = ctx
  }

  get by(): Actor {
    return this.ctx.state.visitor
  }

  /** The cookie value that identifies this browser; the cookie is set if there is none. */
  get browser(): string {
    return this.parts.forms.ensureBrowserId(this.ctx)
  }

  /** The same, but null if the browser sent no such cookie: nothing can be stored for it yet. */
  get existingBrowser(): string | null {
    return this.parts.forms.browserId(this.ctx)
  }

  /** The token of the one-time link that was opened. */
  get token(): string {
    return String(this.ctx.params.token)
  }

  /** A field of the form that was sent; empty if it is missing. */
  field(name: string): string {
    return this.ctx.state.form.get(name) ?? ''
  }

  /** The same for several fields. */
  fields<Name extends string>(...names: Name[]): Record<Name, string> {
    return Object.fromEntries(names.map(name => [name, this.field(name)])) as Record<Name, string>
  }

  /** What the passkey form sends (views/parts/passkey.eta). */
  passkeyResponse(): { challengeToken: string; response: string } {
    return { challengeToken: this.field('challenge_token'), response: this.field('response') }
  }

  has(name: string): boolean {
    return this.ctx.state.form.has(name)
  }

  /** The path of a page or of the target of a form, with the base path. */
  action(path: string): string {
    return `${this.app.config.basePath}/${path}`
  }

  form(path: string): Form {
    const action = this.action(path)
    return { action, csrf: this.parts.forms.token(this.ctx, action) }
  }

  answer<Name extends PageName>(name: Name, data: PageData[Name], status?: number): void {
    if (status) this.ctx.status = status
    this.parts.show(this.ctx, name, data)
  }

  redirect(address: string): void {
    this.ctx.status = 303
    this.ctx.redirect(address)
  }

  linkInvalid(): void {
    this.ctx.state.notes.error = linkInvalid()
    this.answer('links/link-invalid', { requestId: this.ctx.state.requestId }, 404)
  }
}
