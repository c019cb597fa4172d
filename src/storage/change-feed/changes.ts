/** The channel of announcements: triggers send `topic:id` when a transaction commits. */
export const CHANNEL = 'gatehouse_changed'

type Listener = (id: string | null) => void

/** `deaf`: the connection is up, but announcements don't arrive. */
export type Hearing = 'heard' | 'deaf' | 'lost'

/** How announcements are received: over a separate connection of PostgreSQL, or within the process from PGlite. */
export interface Announcements {
  /**
   * Calls `onMessage` for each announcement, and `onState` whenever the connection's state is checked. @returns a
   * function that stops it
   */
  listen(onMessage: (payload: string) => void, onState: (hearing: Hearing) => void): Promise<() => Promise<void>>
}

/**
 * Notifies every process of changed rows, so that caches can drop them. Triggers send the announcement in the
 * transaction that changes the row, so changes by the API, the command line and psql all count.
 */
export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>()
  #hearing: Hearing = 'lost'
  #stop: (() => Promise<void>) | null = null

  /** Whether announcements arrive; without them nothing may be cached for long. */
  get heard(): boolean {
    return this.#hearing === 'heard'
  }

  /** Whether the database is reachable but announcements don't arrive: then entries may be cached for a moment only. */
  get deaf(): boolean {
    return this.#hearing === 'deaf'
  }

  /** The listener gets `null` instead of an ID when anything may have changed. */
  subscribe(topic: string, listener: Listener): void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
  }

  async start(announcements: Announcements): Promise<void> {
    this.#stop = await announcements.listen(
      payload => this.announce(payload),
      hearing => {
        // While deaf, each check drops everything, since changes may have been missed.
        const forget = hearing !== 'heard' || this.#hearing !== 'heard'
        this.#hearing = hearing
        if (forget) this.#forgetAll()
      },
    )
  }

  /** Also called for this process's own changes, which must take effect without a round trip through the database. */
  announce(payload: string): void {
    const colon = payload.indexOf(':')
    for (const listener of this.#listeners.get(payload.slice(0, colon)) ?? []) listener(payload.slice(colon + 1))
  }

  async stop(): Promise<void> {
    this.#hearing = 'lost'
    this.#forgetAll()
    await this.#stop?.()
  }

  #forgetAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null)
  }
}
