import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Context } from './context.ts'
import type { PageData, PageName } from './page-data.ts'
import type { Form } from './page-parts.ts'
import type { Show } from './show.ts'

/** What pages are made from. */
export interface PageParts {
  app: App
  forms: Forms
  show: Show
}

/** A request to one of our pages: who sends it, what was typed, and the answer. Pages are functions of it (route.ts). */
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

  /** What tells this browser apart. */
  get browser(): string {
    return this.parts.forms.acquainted(this.ctx)
  }

  /** The same as it was sent: null where the browser has none yet, so that nothing can be kept for it. */
  get knownBrowser(): string | null {
    return this.parts.forms.browser(this.ctx)
  }

  /** Of the one-time link that was opened. */
  get token(): string {
    return String(this.ctx.params.token)
  }

  /** A field of the form that was sent. */
  field(name: string): string {
    return this.ctx.state.form.get(name) ?? ''
  }

  has(name: string): boolean {
    return this.ctx.state.form.has(name)
  }

  /** The address of a page, or that a form is sent to. */
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
    this.answer('lifecycle/link-invalid', {}, 404)
  }
}
