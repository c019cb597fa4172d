/** Hears what the database announces: `gatehouse_changed`, sent by triggers as `topic:id` when a transaction commits. */
export const CHANNEL = 'gatehouse_changed'

type Listener = (id: string | null) => void

/** `deaf`: the connection is there, and what is announced does not come over it. */
export type Hearing = 'heard' | 'deaf' | 'lost'

/** How announcements are received: PostgreSQL over a connection of its own, PGlite in the process. */
export interface Announcements {
  /** Calls `onMessage` for each announcement, `onState` with what it finds now and then. @returns a way to stop */
  listen(onMessage: (payload: string) => void, onState: (hearing: Hearing) => void): Promise<() => Promise<void>>
}

/**
 * Tells every process which rows have changed, so that caches can drop them. The database itself announces, in the
 * transaction that changes the row: a change through the API, the command line or psql is heard alike.
 */
export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>()
  #hearing: Hearing = 'lost'
  #stop: (() => Promise<void>) | null = null

  /** Whether announcements are being received: without them nothing may be remembered. */
  get heard(): boolean {
    return this.#hearing === 'heard'
  }

  /** Whether the database can be reached and yet nothing is heard: then things may be remembered for a moment only. */
  get deaf(): boolean {
    return this.#hearing === 'deaf'
  }

  /** `null` instead of an id: anything may have changed. */
  subscribe(topic: string, listener: Listener): void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
  }

  async start(announcements: Announcements): Promise<void> {
    this.#stop = await announcements.listen(
      payload => this.announce(payload),
      hearing => {
        // While it is deaf, what may have changed unheard is read again now and then.
        const forget = hearing !== 'heard' || this.#hearing !== 'heard'
        this.#hearing = hearing
        if (forget) this.#forgetAll()
      },
    )
  }

  /** Also called by this process for its own changes, which must not wait for the way through the database. */
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
