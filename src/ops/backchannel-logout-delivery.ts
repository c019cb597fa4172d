import type { App } from '../app.ts'
import { system } from '../base/actor.ts'
import { registrationChange } from '../clients/client-command.ts'
import { LOGOUT_QUEUE, type LogoutNotification } from '../sessions/backchannel-logout-queue.ts'
import type { Job } from '../storage/queue/queue.ts'

/** Notifications that one process sends at the same time. */
const WORKERS = 4
/** Notifications that are sent to one client at the same time, by all processes together. */
const PER_CLIENT = 1
/** How long a client that failed is not tried: its notifications are postponed, so that they keep no worker busy. */
const PAUSE_MS = 2_000

/** Makes the logout token with this `jti`; null if the client was removed or has no back-channel logout URI. */
type Sign = (notification: LogoutNotification, jti: string) => Promise<{ uri: string; token: string } | null>

/**
 * Takes back-channel logout notifications from the queue and sends each as a logout token, with the same `jti` on every
 * attempt. If the client does not answer, or answers with an error, the notification is retried at growing intervals;
 * when it is given up, the audit log and the log record that. A notification about all sessions of a person that is
 * answered with 400 is not retried: many applications find their sessions by `sid` only, and refuse any other token.
 */
export class BackchannelLogoutDelivery {
  readonly #app: App
  readonly #sign: Sign
  /** When the last notification of each client failed, if it did; milliseconds of `performance.now()`. */
  readonly #failedAt = new Map<string, number>()

  constructor({ app, sign }: { app: App; sign: Sign }) {
    this.#app = app
    this.#sign = sign
  }

  start(): Promise<void> {
    return this.#app.queue.work<LogoutNotification>(LOGOUT_QUEUE, { workers: WORKERS, perGroup: PER_CLIENT }, job =>
      this.#deliver(job),
    )
  }

  stop(): Promise<void> {
    return this.#app.queue.stopWork(LOGOUT_QUEUE)
  }

  async #deliver({ id, data, last }: Job<LogoutNotification>): Promise<undefined> {
    const { client } = data
    const failedAt = this.#failedAt.get(client)
    if (!last && failedAt !== undefined && performance.now() - failedAt < PAUSE_MS)
      throw new Error('postponed: the client failed a moment ago')
    try {
      const signed = await this.#sign(data, id)
      const status = signed ? await this.#send(signed) : 200
      if (status === 400 && data.sid === null) return this.#needsSid(client)
      if (status < 200 || status > 299) throw new Error(`the client answered ${status}`)
      if (this.#failedAt.delete(client)) this.#app.log.info({ client }, 'the client accepts logout notifications again')
    } catch (error) {
      await this.#failed(client, id, error, last)
      throw error
    }
  }

  /** OIDC Back-Channel Logout 1.0 sections 2.5 and 2.8. The body of the response is not read. @returns its status */
  async #send({ uri, token }: { uri: string; token: string }): Promise<number> {
    const body = new URLSearchParams({ logout_token: token })
    const response = await this.#app.outbound(uri, { method: 'POST', body })
    await response.body?.cancel()
    return response.status
  }

  /** The tokens with a `sid`, one for each known session, are sent on their own. */
  #needsSid(client: string): undefined {
    const fix = registrationChange(client, '--backchannel-logout-session-required')
    this.#app.log.warn(
      { client, fix },
      'the client refused a logout token without sid, which is about all sessions of a person; it is not sent again',
    )
  }

  async #failed(client: string, jti: string, error: unknown, last: boolean): Promise<void> {
    const { log, audit, scope } = this.#app
    const about = { client, jti, err: error }
    const known = this.#failedAt.has(client)
    this.#failedAt.set(client, performance.now())
    if (last) {
      log.error(about, 'could not notify the client of a logout; giving up')
      await scope(() => audit.write('client.logout-undelivered', { by: system, target: client }))
    } else if (!known) {
      log.warn(about, 'could not notify the client of a logout; retrying')
    }
  }
}
