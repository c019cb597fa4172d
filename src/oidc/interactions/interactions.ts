import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../app.ts'
import { NotFound } from '../../base/refusals.ts'
import { requestedResources } from '../clients/resources.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { errors } from '../provider/library.ts'
import { Interaction } from './interaction.ts'

/** Finds the interactions in which people sign in and consent. */
export class Interactions {
  readonly #app: App
  readonly #current: CurrentProvider

  constructor({ app, current }: { app: App; current: CurrentProvider }) {
    this.#app = app
    this.#current = current
  }

  /**
   * @param browser the value that identifies this browser, in which the sign-in must be finished (same-browser.ts)
   * @throws NotFound if there is none, it has expired, it belongs to another browser, or its session has ended
   */
  async find(
    req: IncomingMessage,
    res: ServerResponse,
    { uid, browser }: { uid: string; browser: string | null },
  ): Promise<Interaction> {
    const { provider, people } = this.#current
    try {
      const details = await provider.interactionDetails(req, res)
      const client = details.uid === uid ? await provider.Client.find(String(details.params.client_id)) : undefined
      if (client) {
        const resources = await requestedResources(details.params, client, this.#app.resources)
        return new Interaction({ details, client, resources, browser, people, app: this.#app })
      }
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
    }
    throw new NotFound('this sign-in has expired or was begun in another browser', 'session_not_found')
  }

  /** The redirect URI of an open interaction of any browser; null if there is none. */
  async redirectUri(uid: string): Promise<string | null> {
    const { redirect_uri: address = null } = ((await this.#app.artifacts.get('Interaction', uid))?.params ?? {}) as {
      redirect_uri?: string
    }
    return address
  }
}
