import type { Client, ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import { Refusal } from '../../base/refusals.ts'
import type { UpstreamLogout } from '../../federation/sessions/upstream-logout.ts'
import { developerHelp, type Help } from '../diagnosis/developer-help.ts'
import type { People } from '../people/people.ts'
import { BrowserSessions } from '../sessions/browser-sessions.ts'
import { needsConfirmation } from '../sessions/logout-request.ts'
import { errors } from './library.ts'

export type ClientInfo = ReturnType<typeof clientInfo>

export interface Problem {
  status: number
  code: string
  description: string | null
  /** Seconds after which the same request may succeed; null if it will not. */
  retryAfter: number | null
  client: ClientInfo | null
  help: Help | null
  cause: Error
}

/** Asks whether to sign out. */
export interface SignOutPage {
  client: ClientInfo | null
  action: string
  xsrf: string
  /** Of the current person; null if no one is. */
  email: string | null
  /** The email addresses of the other accounts that are signed in in this browser. */
  others: string[]
}

/** Says whether the person is signed out or chose to stay signed in. */
export interface SignedOutPage {
  client: ClientInfo | null
  /** Whether an account is still signed in in this browser. */
  stayed: boolean
  /** Of the current person; null if no one is. */
  email: string | null
}

/** The pages that the protocol shows; `http` renders them. */
export interface Screens {
  problem(ctx: KoaContextWithOIDC, problem: Problem): void
  confirmSignOut(ctx: KoaContextWithOIDC, page: SignOutPage): void
  signedOut(ctx: KoaContextWithOIDC, page: SignedOutPage): void
  /** Replaces a redirect: the person is signed out here and goes on to the logout of their upstream provider. */
  upstreamLogout(ctx: KoaContextWithOIDC, logout: UpstreamLogout): void
  /** Replaces a redirect: the person goes back to the application that asked for the logout. */
  returnToClient(ctx: KoaContextWithOIDC, page: { client: ClientInfo; url: string }): void
}

/** Connects the pages to the library's hooks. */
export function libraryScreens(screens: Screens, { app, people }: { app: App; people: People }) {
  const browserOf = (ctx: KoaContextWithOIDC) => new BrowserSessions({ app, provider: ctx.oidc.provider, people }, ctx)

  return {
    renderError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): void {
      screens.problem(ctx, {
        status: ctx.status,
        code: error instanceof errors.SessionNotFound ? 'session_not_found' : out.error,
        description: out.error_description ?? null,
        client: clientOf(ctx),
        retryAfter: error instanceof Refusal ? error.retryAfter : null,
        help: developerHelp(ctx, error),
        cause: error,
      })
    },
    async logoutSource(ctx: KoaContextWithOIDC): Promise<void> {
      const browser = browserOf(ctx)
      if (!(await needsConfirmation(ctx, browser))) return
      const { session } = ctx.oidc
      const person = await people.find(session?.accountId ?? '')
      const others = await browser.otherAccounts(session?.accountId)
      const state = session?.state as { secret: string } | undefined
      screens.confirmSignOut(ctx, {
        client: clientOf(ctx),
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: state?.secret ?? '',
        email: person?.email ?? null,
        others: others.map(({ person: { email } }) => email),
      })
    },
    async postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void> {
      const browser = browserOf(ctx)
      const current = await browser.currentAccount()
      const others = await browser.otherAccounts(current?.person.id)
      screens.signedOut(ctx, {
        client: clientOf(ctx),
        stayed: current !== null || others.length > 0,
        email: current?.person.email ?? null,
      })
    },
  }
}

function clientOf({ oidc }: Partial<KoaContextWithOIDC>): ClientInfo | null {
  return oidc?.client ? clientInfo(oidc.client) : null
}

/** A client as it is shown to people. */
export function clientInfo(client: Client) {
  const selfRegisteredAt = client.self_registered_at === undefined ? null : new Date(client.self_registered_at * 1000)
  return {
    id: client.clientId,
    name: client.clientName ?? client.clientId,
    uri: client.clientUri ?? null,
    // No operator has checked the logo of a client that registered itself: it could be that of another application.
    logoUri: selfRegisteredAt === null ? (client.logoUri ?? null) : null,
    selfRegisteredAt,
    policyUri: client.policyUri ?? null,
    tosUri: client.tosUri ?? null,
  }
}
