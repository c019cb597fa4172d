import type { Needs } from '../base/nouns.ts'
import { Client } from '../clients/client.ts'
import type { Listed } from '../storage/artifacts/artifacts.ts'
import type { JobOptions } from '../storage/queue/queue.ts'
import { authorizationsOf } from './session-metadata.ts'

/** The name of the queue. */
export const LOGOUT_QUEUE = 'backchannel-logout'

/** A notification for one application. It contains no secret, and is signed when it is sent. */
export interface LogoutNotification {
  client: string
  /** The account: the claim `sub`. */
  sub: string
  /** The application's id for the session; null for all sessions of the account there. */
  sid: string | null
}

/** Delivery is attempted for about three days, at intervals from seconds to half an hour. */
const RETRIES: JobOptions = { retryLimit: 200, retryDelayMax: 30 * 60, expireInSeconds: 30 }

/**
 * Notifies applications of ended sessions (OpenID Connect Back-Channel Logout 1.0): each that was signed in to from the
 * session and has registered a `backchannel_logout_uri`. A notification is queued in the transaction of the change that
 * it reports, so a sign-out never waits for an application. ops/backchannel-logout-delivery.ts sends it.
 */
export class BackchannelLogout {
  readonly #app

  constructor(app: Needs<'em' | 'artifacts' | 'queue' | 'log'>) {
    this.#app = app
  }

  /** One notification for each session and each application that was signed in to from it. */
  ofSessions(sessions: Listed[]): LogoutNotification[] {
    return sessions.flatMap(({ payload }) =>
      Object.entries(authorizationsOf(payload)).flatMap(([client, { sid }]) =>
        sid ? [{ client, sub: String(payload.accountId), sid }] : [],
      ),
    )
  }

  /** One notification for each session in which an application got long-lived tokens. The session may have ended. */
  async ofGrants(grants: Listed[]): Promise<LogoutNotification[]> {
    const notifications: LogoutNotification[] = []
    for (const { payload } of grants) {
      const tokens = await this.#app.artifacts.byGrant(String(payload.jti))
      const sids = new Set(tokens.flatMap(token => (typeof token.payload.sid === 'string' ? [token.payload.sid] : [])))
      const about = { client: String(payload.clientId), sub: String(payload.accountId) }
      for (const sid of sids) notifications.push({ ...about, sid })
    }
    return notifications
  }

  /**
   * All notifications for an account: one for each session in each application, and one about all sessions for each
   * application with a session or a grant. If the session store does not answer, the list is empty and the caller
   * continues; dropping the sessions then fails with an error.
   */
  async ofAccount(sub: string): Promise<LogoutNotification[]> {
    try {
      const sessions = await this.#app.artifacts.byAccount('Session', sub)
      const grants = await this.#app.artifacts.byAccount('Grant', sub)
      const single = [...this.ofSessions(sessions), ...(await this.ofGrants(grants))]
      const clients = [...single.map(({ client }) => client), ...grants.map(({ payload }) => String(payload.clientId))]
      return [...single, ...clients.map(client => ({ client, sub, sid: null }))]
    } catch (error) {
      this.#app.log.warn({ err: error, subject: sub }, 'could not list the clients to notify of the logout')
      return []
    }
  }

  /** Joins the transaction of the caller; without one, the notifications are queued at once. */
  async send(notifications: LogoutNotification[]): Promise<void> {
    if (notifications.length === 0) return
    const ids = [...new Set(notifications.map(({ client }) => client))]
    const clients = await this.#app.em.find(Client, { id: { $in: ids }, backchannelLogoutUri: { $ne: null } })
    const jobs = clients.flatMap(client => wantedBy(client, notifications).map(data => ({ data, group: client.id })))
    if (jobs.length > 0) await this.#app.queue.add(LOGOUT_QUEUE, jobs, RETRIES)
  }
}

/**
 * One for each session, since many applications find a session by its `sid` only, and one about all sessions, which also
 * reaches those that Gatehouse no longer knows. `backchannel_logout_session_required` leaves out the latter.
 */
function wantedBy(client: Client, notifications: LogoutNotification[]): LogoutNotification[] {
  const mine = notifications.filter(notification => notification.client === client.id)
  const bySid = new Map(mine.map(notification => [notification.sid, notification]))
  if (client.backchannelLogoutSessionRequired) bySid.delete(null)
  return [...bySid.values()]
}
