import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../app.ts'
import { NotFound } from '../../base/refusals.ts'
import { requestedResources } from '../clients/resources.ts'
import { withinRoles } from '../people/role-scopes.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { errors } from '../provider/library.ts'
import { type Browser, BrowserSessions } from '../sessions/browser-sessions.ts'
import { Interaction } from './interaction.ts'

/** Finds the interactions in which people sign in and consent. */
export class Interactions {
  readonly #parts: { app: App; current: CurrentProvider }

  constructor(parts: { app: App; current: CurrentProvider }) {
    this.#parts = parts
  }

  /**
   * @param browser the value that identifies this browser, in which the sign-in must be finished (same-browser.ts)
   * @throws NotFound if there is none, it has expired, it belongs to another browser, or its session has ended
   */
  async find(
    ctx: Browser & { req: IncomingMessage; res: ServerResponse },
    { uid, browser }: { uid: string; browser: string | null },
  ): Promise<Interaction> {
    const { app, current } = this.#parts
    const { provider, people } = current
    try {
      const details = await provider.interactionDetails(ctx.req, ctx.res)
      const client = details.uid === uid ? await provider.Client.find(String(details.params.client_id)) : undefined
      // The address may have been removed from the registration since the request was made.
      if (client?.redirectUriAllowed(String(details.params.redirect_uri))) {
        const requested = await requestedResources(details.params, client, app.resources)
        const person = await people.find(details.session?.accountId ?? '')
        const resources = await withinRoles(app, requested, person)
        const sessions = new BrowserSessions({ app, provider, people }, ctx)
        const session = details.session?.uid ? await provider.Session.findByUid(details.session.uid) : null
        const impersonated = session?.impersonation !== undefined
        // It may have ended since the library looked at it.
        if (session !== undefined)
          return new Interaction({ details, client, resources, browser, sessions, people, app, impersonated })
      }
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
    }
    throw new NotFound('this sign-in has expired or was begun in another browser', 'session_not_found')
  }

  /** The redirect URI of an open interaction of any browser; null if there is none. */
  async redirectUri(uid: string): Promise<string | null> {
    const interaction = await this.#parts.app.artifacts.get('Interaction', uid)
    return (interaction?.params as { redirect_uri?: string } | undefined)?.redirect_uri ?? null
  }
}
