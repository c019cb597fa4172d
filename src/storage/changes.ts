/** Hears what the database announces: `gatehouse_changed`, sent by triggers as `topic:id` when a transaction commits. */
export const CHANNEL = 'gatehouse_changed'

type Listener = (id: string | null) => void

/** How announcements are received: PostgreSQL over a connection of its own, PGlite in the process. */
export interface Announcements {
  /** Calls `onMessage` for each announcement, `onState` when hearing begins and ends. @returns a way to stop */
  listen(onMessage: (payload: string) => void, onState: (heard: boolean) => void): Promise<() => Promise<void>>
}

/**
 * Tells every process which rows have changed, so that caches can drop them. The database itself announces, in the
 * transaction that changes the row: a change through the API, the command line or psql is heard alike.
 */
export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>()
  #heard = false
  #stop: (() => Promise<void>) | null = null

  /** Whether announcements are being received: without them nothing may be remembered. */
  get heard(): boolean {
    return this.#heard
  }

  /** `null` instead of an id: anything may have changed. */
  subscribe(topic: string, listener: Listener): void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
  }

  async start(announcements: Announcements): Promise<void> {
    this.#stop = await announcements.listen(
      payload => this.announce(payload),
      heard => {
        this.#heard = heard
        this.#forgetAll()
      },
    )
  }

  /** Also called by this process for its own changes, which must not wait for the way through the database. */
  announce(payload: string): void {
    const colon = payload.indexOf(':')
    for (const listener of this.#listeners.get(payload.slice(0, colon)) ?? []) listener(payload.slice(colon + 1))
  }

  async stop(): Promise<void> {
    this.#heard = false
    this.#forgetAll()
    await this.#stop?.()
  }

  #forgetAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null)
  }
}
