import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import type { ProofAsked } from '../../lifecycle/account/ownership-proof.ts'
import type { PageData } from '../kit/pages/page-data.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { returnsTo } from '../sign-in/by-email/verification-return-cookie.ts'

/** The purpose of the link, and the first part of its path. */
export type LinkName = PageData['links/confirm']['what']
/** What the page says once the link has been used. `what` is the link itself by default. */
export type Done = Omit<PageData['links/done'], 'mailbox' | 'what'> & Partial<Pick<PageData['links/done'], 'what'>>

/** What the page shows about a link that can still be spent. */
interface Facts {
  address: string
  due?: Date
  proof?: ProofAsked
  cancellable?: boolean
}

interface LinkPage {
  look(request: PageRequest): Promise<Facts | null>
  /** Does what the link is for. @returns null if it has redirected the browser */
  act(request: PageRequest): Promise<Done | null>
  /** The result of a link that was spent a moment ago, if it still holds: the response may not have reached the browser. */
  done?(app: App, link: { account: Account; address: string | null }): Promise<Done | null>
}

/** The links of emails whose pages have one button. */
export const LINK_PAGES: Readonly<Record<LinkName, LinkPage>> = {
  'verify-email': {
    async look({ app, token, existingBrowser: browser }) {
      const opened = await app.verification.look(token, { browser })
      return opened && { ...opened, cancellable: opened.account.pendingSince != null }
    },
    act: verify,
    done: async (_app, { account, address }) =>
      account.emailVerified && account.email === address ? { address } : null,
  },
  'change-email': {
    look: ({ app, token, existingBrowser: browser }) => app.emailChange.look(token, { browser }),
    act: async request => {
      const { email: address } = await request.app.emailChange.complete(request.token, proofOf(request))
      return { address }
    },
    done: async (_app, { account, address }) => (account.email === address ? { address } : null),
  },
  'report-compromise': {
    look: holderOf('report-compromise'),
    act: async ({ app, token, by }) => ({ address: (await app.compromise.report(token, { by })).email }),
  },
  'cancel-deletion': {
    look: holderOf('cancel-deletion'),
    act: async ({ app, token, by }) => ({ address: (await app.deletion.cancelByLink(token, { by })).email }),
    done: async (_app, { account: { email: address, deletionDue } }) => (deletionDue == null ? { address } : null),
  },
  'reset-factors': {
    look: ({ app, token, existingBrowser: browser }) => app.factorLoss.look(token, { browser }),
    act: async request => {
      const { account, due } = await request.app.factorLoss.confirm(request.token, proofOf(request))
      return { address: account.email, due }
    },
    async done({ factorResets }, { account }) {
      const due = await factorResets.pending(account)
      return due && { address: account.email, due }
    },
  },
  'cancel-factor-reset': {
    look: holderOf('cancel-factor-reset'),
    act: async ({ app, token, by }) => ({ address: (await app.factorResets.cancelByLink(token, { by })).email }),
    done: async ({ factorResets }, { account }) =>
      (await factorResets.pending(account)) ? null : { address: account.email },
  },
}

/** In the browser that registered, the sign-in continues with the application. */
async function verify(request: PageRequest): Promise<Done | null> {
  const { app, by, ctx, token } = request
  if (request.field('decision') === 'cancel-registration') {
    await app.verification.cancelRegistration(token, { by })
    return { what: 'registration-cancelled', address: null }
  }
  const account = await app.verification.complete(token, proofOf(request))
  const interaction = returnsTo(ctx, app.config)
  if (!interaction || !(await app.artifacts.get('Interaction', interaction))) return { address: account.email }
  request.redirect(request.action(`interaction/${interaction}/continue`))
  return null
}

function proofOf({ by, ctx, existingBrowser: browser }: PageRequest) {
  return { by, browser, password: ctx.state.form.get('password') }
}

function holderOf(purpose: 'report-compromise' | 'cancel-deletion' | 'cancel-factor-reset'): LinkPage['look'] {
  return async ({ app, token }) => {
    const account = await app.links.holder(purpose, token)
    return account && { address: account.email }
  }
}
