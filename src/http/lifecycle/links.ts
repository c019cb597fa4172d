import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import type { ProofAsked } from '../../lifecycle/same-person.ts'
import type { Purpose } from '../../mail/purposes.ts'
import type { Context } from '../context.ts'
import { returnsTo } from '../interaction/return-cookie.ts'
import { attempt, type Says } from '../kit/answers.ts'
import type { Forms } from '../middleware/forms.ts'
import type { LinkError, PageData } from '../page-data.ts'
import type { Show } from '../show.ts'

export type LinkName = PageData['lifecycle/confirm']['what']
type Done = Omit<PageData['lifecycle/done'], 'mailbox'>

interface Spent {
  account: Account
  address: string | null
}

/** What a link that can still be spent is about, as far as whoever opens it may see it. */
interface Facts {
  address: string
  due?: Date
  proof?: ProofAsked
  disownable?: boolean
}

interface LinkPage {
  /** Said of a link that was spent a moment ago, where what it does is so: its press may have been answered by an error. */
  done?(link: Spent): Promise<Done | null>
  look(token: string, ctx: Context): Promise<Facts | null>
  /** Says what was done, or answers in another way. */
  act(token: string, ctx: Context): Promise<Done | null>
}

const PURPOSES = {
  verify: 'verify-address',
  'change-address': 'change-address',
  panic: 'panic',
  'cancel-deletion': 'cancel-deletion',
  'reset-factors': 'reset-factors',
  'cancel-factor-reset': 'cancel-factor-reset',
} as const satisfies Record<LinkName, Purpose>

const OTHER_BROWSER: LinkError = { code: 'other-browser' }

const SAYS: Says<LinkError['code']> = {
  'wrong-credentials': 'wrong-password',
  'too-many-attempts': 'too-many-attempts',
  busy: 'busy',
  conflict: 'address-gone',
  other_browser: 'other-browser',
}

/** Pages behind the links of letters: each says what its button does, and does it when it is pressed. */
export class LinkPages {
  readonly #app: App
  readonly #forms: Forms
  readonly #show: Show
  readonly #pages: Record<LinkName, LinkPage>

  constructor({ app, forms, show }: { app: App; forms: Forms; show: Show }) {
    this.#app = app
    this.#forms = forms
    this.#show = show
    this.#pages = {
      verify: {
        look: (token, ctx) => this.#lookToVerify(token, ctx),
        act: (token, ctx) => this.#verify(token, ctx),
        done: async ({ account, address }) =>
          account.emailVerified && account.email === address ? { what: 'verify', address } : null,
      },
      'change-address': {
        look: (token, ctx) => app.addressChange.look(token, { browser: forms.browser(ctx) }),
        act: async (token, ctx) => {
          const account = await app.addressChange.complete(token, this.#proof(ctx))
          return { what: 'change-address', address: account.email }
        },
        done: async ({ account, address }) => (account.email === address ? { what: 'change-address', address } : null),
      },
      panic: {
        look: async token => addressOf(await app.panic.holder(token)),
        act: async (token, ctx) => {
          const account = await app.panic.press(token, { by: ctx.state.visitor })
          return { what: 'panic', address: account.email }
        },
      },
      'cancel-deletion': {
        look: async token => addressOf(await app.deletion.holder(token)),
        act: async (token, ctx) => {
          const account = await app.deletion.cancelByLink(token, { by: ctx.state.visitor })
          return { what: 'cancel-deletion', address: account.email }
        },
        done: async ({ account }) =>
          account.deletionDue == null ? { what: 'cancel-deletion', address: account.email } : null,
      },
      'reset-factors': {
        look: async (token, ctx) => {
          const opened = await app.factorLoss.look(token, { browser: forms.browser(ctx) })
          return opened && { ...opened, address: opened.account.email }
        },
        act: async (token, ctx) => {
          const { account, due } = await app.factorLoss.confirm(token, this.#proof(ctx))
          return { what: 'reset-factors', address: account.email, due }
        },
        done: async ({ account }) => {
          const due = await app.factorResets.pending(account)
          return due && { what: 'reset-factors', address: account.email, due }
        },
      },
      'cancel-factor-reset': {
        look: async token => addressOf(await app.factorResets.holder(token)),
        act: async (token, ctx) => {
          const account = await app.factorResets.cancelByLink(token, { by: ctx.state.visitor })
          return { what: 'cancel-factor-reset', address: account.email }
        },
        done: async ({ account }) =>
          (await app.factorResets.pending(account)) ? null : { what: 'cancel-factor-reset', address: account.email },
      },
    }
  }

  /** Looking changes nothing: mail scanners look too. */
  async page(ctx: Context, what: LinkName, problem: LinkError | null = null): Promise<void> {
    const token = String(ctx.params.token)
    const facts = await this.#pages[what].look(token, ctx)
    if (!facts) return this.#spent(ctx, what)
    const action = `${this.#app.config.basePath}/${what}/${token}`
    const { address, due = null, proof = 'none', disownable = false } = facts
    const csrf = this.#forms.token(ctx, action)
    const error = proof === 'browser' ? OTHER_BROWSER : problem
    this.#show(ctx, 'lifecycle/confirm', { what, address, due, proof, disownable, error, action, csrf })
  }

  submit(ctx: Context, what: LinkName): Promise<void> {
    const act = async () => {
      const done = await this.#pages[what].act(String(ctx.params.token), ctx)
      if (done) this.#done(ctx, done)
    }
    return attempt<LinkError['code']>(ctx, act, {
      says: { ...SAYS, link_invalid: () => this.#spent(ctx, what), account_gone: () => this.invalid(ctx) },
      again: problem => this.page(ctx, what, problem),
    })
  }

  invalid(ctx: Context): void {
    ctx.status = 404
    this.#show(ctx, 'lifecycle/link-invalid', {})
  }

  #done(ctx: Context, done: Done): void {
    this.#show(ctx, 'lifecycle/done', { ...done, mailbox: this.#app.config.mailbox })
  }

  async #spent(ctx: Context, what: LinkName): Promise<void> {
    const link = await this.#app.links.justSpent(PURPOSES[what], String(ctx.params.token))
    const { account, address = null } = link ?? {}
    const done = account?.active ? await this.#pages[what].done?.({ account, address }) : null
    if (done) this.#done(ctx, done)
    else this.invalid(ctx)
  }

  async #lookToVerify(token: string, ctx: Context): Promise<Facts | null> {
    const opened = await this.#app.verification.look(token, { browser: this.#forms.browser(ctx) })
    if (!opened) return null
    const { account, proof } = opened
    return { address: account.email, proof, disownable: account.pendingSince != null }
  }

  /** In the browser in which it began, the way goes on to the application. */
  async #verify(token: string, ctx: Context): Promise<Done | null> {
    const { verification, artifacts, config } = this.#app
    if (ctx.state.form.get('decision') === 'disown') {
      await verification.disown(token, { by: ctx.state.visitor })
      return { what: 'disowned', address: null }
    }
    const account = await verification.complete(token, this.#proof(ctx))
    const interaction = returnsTo(ctx, config)
    if (!interaction || !(await artifacts.get('Interaction', interaction)))
      return { what: 'verify', address: account.email }
    ctx.status = 303
    ctx.redirect(`${config.basePath}/interaction/${interaction}/continue`)
    return null
  }

  #proof(ctx: Context) {
    return { by: ctx.state.visitor, browser: this.#forms.browser(ctx), password: ctx.state.form.get('password') }
  }
}

function addressOf(account: { email: string } | null): Facts | null {
  return account && { address: account.email }
}
