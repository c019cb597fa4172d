import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import type { ProofAsked } from '../../lifecycle/account/ownership-proof.ts'
import type { Purpose } from '../../links/purposes.ts'
import type { PageData } from '../kit/pages/page-data.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { returnsTo } from '../sign-in/by-email/verification-return-cookie.ts'

export type LinkName = PageData['links/confirm']['what']
export type Done = Omit<PageData['links/done'], 'mailbox'>

/** What a link that can still be spent is about, as far as the person who opens it may see it. */
interface Facts {
  address: string
  due?: Date
  proof?: ProofAsked
  cancellable?: boolean
}

interface LinkPage {
  purpose: Purpose
  look(request: PageRequest): Promise<Facts | null>
  /** Says what was done, or answers in another way. */
  act(request: PageRequest): Promise<Done | null>
  /** Said of a link that was spent a moment ago, where what it does is so: its press may have been answered by an error. */
  done?(app: App, link: { account: Account; address: string | null }): Promise<Done | null>
}

/** The links of emails whose pages have one button, by the first part of their address. */
export const LINK_PAGES: Readonly<Record<LinkName, LinkPage>> = {
  'verify-email': {
    purpose: 'verify-email',
    async look({ app, token, knownBrowser: browser }) {
      const { account, proof } = (await app.verification.look(token, { browser })) ?? {}
      return account && proof ? { address: account.email, proof, cancellable: account.pendingSince != null } : null
    },
    act: verify,
    done: async (_app, { account: { email, emailVerified }, address }) =>
      emailVerified && email === address ? { what: 'verify-email', address } : null,
  },
  'change-email': {
    purpose: 'change-email',
    look: ({ app, token, knownBrowser: browser }) => app.emailChange.look(token, { browser }),
    act: async request => {
      const { email: address } = await request.app.emailChange.complete(request.token, proofOf(request))
      return { what: 'change-email', address }
    },
    done: async (_app, { account, address }) => (account.email === address ? { what: 'change-email', address } : null),
  },
  'report-compromise': {
    purpose: 'report-compromise',
    look: async ({ app, token }) => addressOf(await app.compromise.holder(token)),
    act: async ({ app, token, by }) => ({
      what: 'report-compromise',
      address: (await app.compromise.report(token, { by })).email,
    }),
  },
  'cancel-deletion': {
    purpose: 'cancel-deletion',
    look: async ({ app, token }) => addressOf(await app.deletion.holder(token)),
    act: async ({ app, token, by }) => {
      const { email: address } = await app.deletion.cancelByLink(token, { by })
      return { what: 'cancel-deletion', address }
    },
    done: async (_app, { account: { email: address, deletionDue } }) =>
      deletionDue == null ? { what: 'cancel-deletion', address } : null,
  },
  'reset-factors': {
    purpose: 'reset-factors',
    async look({ app, token, knownBrowser: browser }) {
      const opened = await app.factorLoss.look(token, { browser })
      return opened && { ...opened, address: opened.account.email }
    },
    act: async request => {
      const { account, due } = await request.app.factorLoss.confirm(request.token, proofOf(request))
      return { what: 'reset-factors', address: account.email, due }
    },
    async done({ factorResets }, { account }) {
      const due = await factorResets.pending(account)
      return due && { what: 'reset-factors', address: account.email, due }
    },
  },
  'cancel-factor-reset': {
    purpose: 'cancel-factor-reset',
    look: async ({ app, token }) => addressOf(await app.factorResets.holder(token)),
    act: async ({ app, token, by }) => {
      const { email: address } = await app.factorResets.cancelByLink(token, { by })
      return { what: 'cancel-factor-reset', address }
    },
    done: async ({ factorResets }, { account }) =>
      (await factorResets.pending(account)) ? null : { what: 'cancel-factor-reset', address: account.email },
  },
}

/** In the browser in which it began, the sign-in goes on to the application. */
async function verify(request: PageRequest): Promise<Done | null> {
  const { app, by, ctx, token } = request
  if (request.field('decision') === 'cancel-registration') {
    await app.verification.cancelRegistration(token, { by })
    return { what: 'registration-cancelled', address: null }
  }
  const account = await app.verification.complete(token, proofOf(request))
  const interaction = returnsTo(ctx, app.config)
  if (!interaction || !(await app.artifacts.get('Interaction', interaction)))
    return { what: 'verify-email', address: account.email }
  request.redirect(request.action(`interaction/${interaction}/continue`))
  return null
}

function proofOf({ by, ctx, knownBrowser: browser }: PageRequest) {
  return { by, browser, password: ctx.state.form.get('password') }
}

function addressOf(account: { email: string } | null): Facts | null {
  return account && { address: account.email }
}
