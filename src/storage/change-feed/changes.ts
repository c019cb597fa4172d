import { AsyncLocalStorage } from 'node:async_hooks'

/** The channel of notifications: triggers send `topic:id` when a transaction commits. */
export const CHANNEL = 'gatehouse_changed'

type Listener = (id: string | null) => void

/** `silent`: the connection is up, but notifications don't arrive. */
export type ListenerState = 'receiving' | 'silent' | 'disconnected'

/**
 * Receives notifications, over a separate connection of PostgreSQL or within the process from PGlite. Calls `onState`
 * whenever the connection's state is checked. @returns a function that stops it
 */
export type Listen = (
  onMessage: (payload: string) => void,
  onState: (state: ListenerState) => void,
) => Promise<() => Promise<void>>

/**
 * Notifies every process of changed rows, so that caches can drop them. Triggers send the notification in the
 * transaction that changes the row, so changes by the API, the command line and psql all count.
 */
export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>()
  /** What the current transaction has changed. */
  readonly #uncommitted = new AsyncLocalStorage<Set<string>>()
  #state: ListenerState = 'disconnected'
  #stop: (() => Promise<void>) | null = null

  /** Whether notifications arrive; without them nothing may be cached for long. */
  get receiving(): boolean {
    return this.#state === 'receiving'
  }

  /** Whether the database is reachable but notifications don't arrive: then entries may be cached for a moment only. */
  get silent(): boolean {
    return this.#state === 'silent'
  }

  /** The listener gets `null` instead of an ID when anything may have changed. */
  subscribe(topic: string, listener: Listener): void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
  }

  async start(listen: Listen): Promise<void> {
    this.#stop = await listen(
      payload => this.notify(payload),
      state => {
        // While silent, each check drops everything, since changes may have been missed.
        const invalidate = state !== 'receiving' || this.#state !== 'receiving'
        this.#state = state
        if (invalidate) this.#invalidateAll()
      },
    )
  }

  /** Also called for this process's own changes, which must take effect without a round trip through the database. */
  notify(payload: string): void {
    this.#uncommitted.getStore()?.add(payload)
    this.#tell(payload)
  }

  /**
   * Runs a transaction, and repeats its notifications once it is committed: until then, another request may have read the
   * old rows and cached them.
   */
  async untilCommitted<T>(transaction: () => Promise<T>): Promise<T> {
    const uncommitted = new Set<string>()
    const result = await this.#uncommitted.run(uncommitted, transaction)
    for (const payload of uncommitted) this.#tell(payload)
    return result
  }

  async stop(): Promise<void> {
    this.#state = 'disconnected'
    this.#invalidateAll()
    await this.#stop?.()
  }

  #tell(payload: string): void {
    const colon = payload.indexOf(':')
    for (const listener of this.#listeners.get(payload.slice(0, colon)) ?? []) listener(payload.slice(colon + 1))
  }

  #invalidateAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null)
  }
}
