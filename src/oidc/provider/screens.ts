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

/** The pages that the protocol shows; `http` renders them. */
export interface Screens {
  problem(ctx: KoaContextWithOIDC, problem: Problem): void
  confirmSignOut(ctx: KoaContextWithOIDC, page: SignOutPage): void
  /** `email` is that of the person who chose to stay signed in; null if no one is signed in. */
  signedOut(ctx: KoaContextWithOIDC, page: { client: ClientInfo | null; email: string | null }): void
  /** Replaces a redirect: the person is signed out here and goes on to the logout of their upstream provider. */
  upstreamLogout(ctx: KoaContextWithOIDC, logout: UpstreamLogout): void
  /** Replaces a redirect: the person goes back to the application that asked for the logout. */
  returnToClient(ctx: KoaContextWithOIDC, page: { client: ClientInfo; url: string }): void
}

/** Connects the pages to the library's hooks. */
export function libraryScreens(screens: Screens, { app, people }: { app: App; people: People }) {
  const accountsIn = (ctx: KoaContextWithOIDC) =>
    new BrowserSessions({ app, provider: ctx.oidc.provider, people }, ctx).accounts()

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
      if (!needsConfirmation(ctx)) return
      const person = await people.find(ctx.oidc.session?.accountId ?? '')
      const others = (await accountsIn(ctx)).filter(({ person: { id } }) => id !== person?.id)
      const state = ctx.oidc.session?.state as { secret: string } | undefined
      screens.confirmSignOut(ctx, {
        client: clientOf(ctx),
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: state?.secret ?? '',
        email: person?.email ?? null,
        others: others.map(({ person: { email } }) => email),
      })
    },
    async postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void> {
      const [stayed] = await accountsIn(ctx)
      screens.signedOut(ctx, { client: clientOf(ctx), email: stayed?.person.email ?? null })
    },
  }
}

function clientOf({ oidc }: Partial<KoaContextWithOIDC>): ClientInfo | null {
  return oidc?.client ? clientInfo(oidc.client) : null
}

/** A client as it is shown to people. */
export function clientInfo(client: Client) {
  return {
    id: client.clientId,
    name: client.clientName ?? client.clientId,
    uri: client.clientUri ?? null,
    logoUri: client.logoUri ?? null,
    policyUri: client.policyUri ?? null,
    tosUri: client.tosUri ?? null,
  }
}
