import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import type { Context } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import { holderOf, type Visit } from './door.ts'
import type { AccountFrame } from './page-data.ts'

/** What all account pages share: who it is, the menu, the word for what has just been done. */
export class Frame {
  readonly #app: App
  readonly #forms: Forms

  constructor({ app, forms }: { app: App; forms: Forms }) {
    this.#app = app
    this.#forms = forms
  }

  async around(ctx: Context, visit: Visit, here: AccountFrame['here']): Promise<AccountFrame> {
    const account = await this.#app.accounts.find(visit.person.id)
    const done = ctx.state.earlier ? 'again' : ctx.query.done
    return {
      here,
      person: { email: account.email, emailVerified: account.emailVerified, name: account.name ?? null },
      csrf: this.token(ctx, visit, `${this.#app.config.basePath}/account/any`),
      done: typeof done === 'string' && DONE.has(done) ? done : null,
      deletionAt: account.deletionDue ?? null,
    }
  }

  /** The hidden field `csrf` of this person's forms. */
  token(ctx: Context, visit: Visit, action: string): string {
    return this.#forms.token(ctx, action, holderOf(visit))
  }

  /** After a form: the page again, saying what was done; reloading it repeats nothing. */
  back(ctx: Context, page: string, done?: string): void {
    ctx.status = 303
    ctx.redirect(`${this.#app.config.basePath}/account/${page}${done ? `?done=${done}` : ''}`)
  }

  /** What tells this browser apart: links in letters that it asks for work in it without a password. */
  browser(ctx: Context): string | null {
    return this.#forms.browser(ctx)
  }

  /** The person, as the one who does it. */
  actor(ctx: Context, { person, signedInAt }: Visit): Actor {
    return { ...ctx.state.visitor, kind: 'account', id: person.id, signedInAt }
  }
}

const DONE = new Set([
  'again',
  'profile',
  'password',
  'password-removed',
  'passkey-added',
  'passkey-renamed',
  'passkey-removed',
  'connected',
  'disconnected',
  'address',
  'verification',
  'session',
  'sessions',
  'withdrawn',
  'deletion',
  'kept',
  'app',
  'app-removed',
  'distrusted',
  'distrusted-all',
  'factors-kept',
])
