import type { App } from '../app.ts'
import { system } from '../base/actor.ts'
import type { Outbound } from '../base/outbound.ts'
import { FAREWELL, type Farewell } from '../sessions/farewells.ts'
import type { Errand } from '../storage/queue.ts'

/** Farewells that one process has on their way at the same time. */
const HANDS = 4
/** And of one application's, all processes together. */
const EACH = 1
/** How long an application is left alone that could not be told: what waits for it is put off, and keeps no hand busy. */
const REST_MS = 2_000

/** The token that tells the farewell, under an id of its own, and where to; null where nobody is to be told any more. */
type Sign = (farewell: Farewell, jti: string) => Promise<{ uri: string; token: string } | null>

/**
 * Tells applications that a session has ended: takes farewells out of the queue and sends each as a logout token, under
 * the same `jti` however often it has to try. An application that does not answer, or not well, is told later, after
 * longer and longer; one that never does is given up, which the trail and the log keep.
 */
export class Messenger {
  readonly #app: App
  readonly #sign: Sign
  readonly #outbound: Outbound
  /** When the applications could not be told that could not the last time. */
  readonly #failing = new Map<string, number>()

  constructor({ app, sign }: { app: App; sign: Sign }) {
    this.#app = app
    this.#sign = sign
    this.#outbound = app.outbound
  }

  start(): Promise<void> {
    return this.#app.queue.work<Farewell>(FAREWELL, { hands: HANDS, each: EACH }, errand => this.#tell(errand))
  }

  stop(): Promise<void> {
    return this.#app.queue.rest(FAREWELL)
  }

  async #tell({ id, data, last }: Errand<Farewell>): Promise<undefined> {
    const { client } = data
    const failed = this.#failing.get(client)
    if (!last && failed !== undefined && performance.now() - failed < REST_MS)
      throw new Error('not tried: it just failed')
    try {
      const signed = await this.#sign(data, id)
      if (signed) await this.#send(signed)
      if (this.#failing.delete(client)) this.#app.log.info({ client }, 'the application can be told of sign-outs again')
    } catch (error) {
      await this.#failed(client, id, error, last)
      throw error
    }
  }

  /** OIDC Back-Channel Logout 1.0 sections 2.5 and 2.8. What else is in the answer is nobody's business. */
  async #send({ uri, token }: { uri: string; token: string }): Promise<void> {
    const body = new URLSearchParams({ logout_token: token })
    const response = await this.#outbound(uri, { method: 'POST', body })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the application answered ${response.status}`)
  }

  async #failed(client: string, jti: string, error: unknown, last: boolean): Promise<void> {
    const { log, audit, scope } = this.#app
    const about = { client, jti, err: error }
    const known = this.#failing.has(client)
    this.#failing.set(client, performance.now())
    if (last) {
      log.error(about, 'the application was not told of a sign-out, and will not be')
      await scope(() => audit.write('client.logout-undelivered', { by: system, target: client }))
    } else if (!known) {
      log.warn(about, 'the application cannot be told of a sign-out; it is tried again')
    }
  }
}
