import type { Needs } from '../base/nouns.ts'
import { Client } from '../clients/client.ts'
import type { Listed } from '../storage/artifacts.ts'
import type { Patience } from '../storage/queue.ts'
import { authorizationsOf } from './authorizations.ts'

/** What farewells are called in the queue. */
export const FAREWELL = 'farewell'

/** What one application is told. Nothing in it opens anything; it is signed when it goes out. */
export interface Farewell {
  client: string
  /** The person: the claim `sub`. */
  sub: string
  /** The session as the application knows it; null for all that the person has there. */
  sid: string | null
}

const DAY = 24 * 60 * 60

/** Attempts from seconds to half an hour apart go on for about three days. */
const PATIENCE: Patience = {
  retryLimit: 200,
  retryBackoff: true,
  retryDelay: 5,
  retryDelayMax: 30 * 60,
  expireInSeconds: 30,
  heartbeatSeconds: 15,
  retentionSeconds: 14 * DAY,
  deleteAfterSeconds: DAY,
}

/**
 * What applications are told when a session ends (OpenID Connect Back-Channel Logout 1.0): those that were let in from
 * it and have said where. To say it is to write it down, in the transaction of the change it belongs to; nobody's
 * sign-out waits for an application. ops/messenger.ts tells it in the background.
 */
export class Farewells {
  readonly #app

  constructor(app: Needs<'em' | 'artifacts' | 'queue' | 'log'>) {
    this.#app = app
  }

  /** To each application that was let in from these sessions, about that session. */
  fromSessions(sessions: Listed[]): Farewell[] {
    return sessions.flatMap(({ payload }) =>
      Object.entries(authorizationsOf(payload)).flatMap(([client, { sid }]) =>
        sid ? [{ client, sub: String(payload.accountId), sid }] : [],
      ),
    )
  }

  /** To those who hold long-lived tokens, about the sessions in which they got them; these may be over themselves. */
  async fromGrants(grants: Listed[]): Promise<Farewell[]> {
    const farewells: Farewell[] = []
    for (const { payload } of grants) {
      const tokens = await this.#app.artifacts.byGrant(String(payload.jti))
      const sids = new Set(tokens.flatMap(token => (typeof token.payload.sid === 'string' ? [token.payload.sid] : [])))
      const about = { client: String(payload.clientId), sub: String(payload.accountId) }
      for (const sid of sids) farewells.push({ ...about, sid })
    }
    return farewells
  }

  /**
   * To all with whom the person has anything, about everything. Where the store of sessions does not answer nobody can
   * be named: that must not keep an account open, and whoever closes it hears of it when the sessions are to be dropped.
   */
  async everywhere(sub: string): Promise<Farewell[]> {
    try {
      const sessions = await this.#app.artifacts.byAccount('Session', sub)
      const grants = await this.#app.artifacts.byAccount('Grant', sub)
      const single = [...this.fromSessions(sessions), ...(await this.fromGrants(grants))]
      const clients = [...single.map(({ client }) => client), ...grants.map(({ payload }) => String(payload.clientId))]
      return [...single, ...clients.map(client => ({ client, sub, sid: null }))]
    } catch (error) {
      this.#app.log.warn({ err: error, subject: sub }, 'whom to tell of the sign-out is not known')
      return []
    }
  }

  /** Takes part in the caller's transaction; without one it is on its way at once. */
  async say(farewells: Farewell[]): Promise<void> {
    if (farewells.length === 0) return
    const ids = [...new Set(farewells.map(({ client }) => client))]
    const clients = await this.#app.em.find(Client, { id: { $in: ids }, backchannelLogoutUri: { $ne: null } })
    const errands = clients.flatMap(client => wanted(client, farewells).map(data => ({ data, group: client.id })))
    if (errands.length > 0) await this.#app.queue.add(FAREWELL, errands, PATIENCE)
  }
}

/** One about everything says all, unless the application demands to be told of single sessions; each only once. */
function wanted({ id, backchannelLogoutSessionRequired: single }: Client, farewells: Farewell[]): Farewell[] {
  const mine = new Map(farewells.filter(({ client }) => client === id).map(farewell => [farewell.sid, farewell]))
  const all = mine.get(null)
  if (all && !single) return [all]
  return [...mine.values()].filter(({ sid }) => sid !== null)
}
