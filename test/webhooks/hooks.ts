import type { ExecutionContext } from 'ava'
import { Webhook } from 'standardwebhooks'
import type { Kind } from '../../src/audit/catalogue.ts'
import { operator } from '../../src/base/actor.ts'
import { commandsFor } from '../cli/command-line.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { waitFor } from '../support/wait-for.ts'
import { type ReceivedWebhook, WebhookReceiver } from '../support/webhook-receiver.ts'

export interface Delivery {
  id: string
  event: string
  kind: string
  state: string
  attempts: number
  lastStatus: number | null
  lastError: string | null
  lastAttemptAt: string | null
  nextAttemptAt: string | null
}

/** Kinds of events that have neither a target nor a reason. Tests that run at the same time use different ones. */
export type SimpleKind = Extract<
  Kind,
  | 'account.unlocked'
  | 'account.suspended'
  | 'account.compromise-reported'
  | `deletion.${string}`
  | `factors.${string}`
  | 'profile.updated'
>

interface HookOptions {
  kinds?: readonly string[]
  /** Answers its requests; by default with 204. */
  respond?: Parameters<typeof WebhookReceiver.open>[1] extends { respond?: infer Respond } | undefined ? Respond : never
}

/** The webhooks of a Gatehouse, as an operator uses them at the command line. */
export class Hooks {
  readonly cli
  readonly #app

  constructor({ app }: Pick<Gatehouse, 'app'>) {
    this.#app = app
    this.cli = commandsFor(app)
  }

  async add(url: string, kinds: readonly string[]): Promise<{ id: string; secret: string }> {
    const options = kinds.map(kind => `--kind "${kind}"`).join(' ')
    return this.cli.json(`webhooks add "${url}" ${options}`)
  }

  /** Records an event about an account, as the change of this kind does. */
  happen(kind: SimpleKind, { id: subject }: { id: string }): Promise<void> {
    return this.#app.scope(() => this.#app.audit.write(kind, { by: operator, subject }))
  }

  /** A receiver with a webhook. */
  async open(t: ExecutionContext, { kinds = ['sign-in.succeeded'], respond }: HookOptions = {}) {
    const receiver = await WebhookReceiver.open(t, respond ? { respond } : {})
    return { receiver, ...(await this.add(receiver.url, kinds)) }
  }

  deliveries(id: string, options = ''): Promise<Delivery[]> {
    return this.cli.json(`webhooks deliveries ${id} ${options}`)
  }

  /** Waits until all its deliveries are in this state and were tried at least so often. @returns them, newest first */
  settled(id: string, state: string, { count = 1, attempts = 1 } = {}): Promise<Delivery[]> {
    let seen: Delivery[] = []
    const what = () =>
      `${seen.length} deliveries: ${seen.map(each => `${each.kind} ${each.state} ${each.attempts} ${each.lastError}`).slice(0, 9)}`
    const look = async () => {
      seen = await this.deliveries(id, '--limit 1000')
      const settled = seen.every(each => each.state === state && each.attempts >= attempts)
      return seen.length === count && settled ? seen : null
    }
    return waitFor(look, { what })
  }

  /** Waits until none of its jobs is left in the queue. */
  async finished(id: string): Promise<void> {
    await this.#none(id, "state < 'completed'")
  }

  async #none(id: string, which: string): Promise<void> {
    const select = `select id from queue.job where name = 'webhook' and group_id = ? and ${which}`
    const left = () => this.#app.em.fork().execute<object[]>(select, [id])
    await waitFor(async () => (await left()).length === 0, { what: () => `there are jobs: ${which}` })
  }

  /** Moves what waits in the queue for this webhook to now, as if its time had come. */
  async due(id: string, { last = false } = {}): Promise<void> {
    await this.#none(id, "state = 'active'")
    const limit = last ? ', retry_limit = retry_count + 1' : ''
    const which = "name = 'webhook' and group_id = ? and state = 'retry'"
    await this.#app.em.fork().execute(`update queue.job set start_after = now()${limit} where ${which}`, [id])
  }
}

/** Checks a request as a receiver would. @throws WebhookVerificationError */
export function verify(secret: string, { text, headers }: ReceivedWebhook): unknown {
  return new Webhook(secret).verify(text, headers as Record<string, string>)
}
