import { setTimeout as pause } from 'node:timers/promises'
import type { Needs } from '../base/nouns.ts'
import { lockHolder } from '../storage/database/lock-holder.ts'

/** The name of the lock under which one session at a time moves the tip of the chain. */
export const CHAIN_LOCK = 'audit chain'

const POLL_MS = 100
const LOG_AFTER = 60

/** Another session holds the chain for too long. */
export class ChainInUse extends Error {
  constructor(holder: string, seconds: number) {
    super(`the audit chain was in use for ${seconds} s: ${holder} holds it`)
  }
}

/** What is done while another session holds the chain. */
export interface Waiting {
  /** Seconds after which `say` is called, once. */
  noticeAfter: number
  /** Seconds after which it is given up; null for never. */
  limit: number | null
  /** @param holder the session that holds the chain, in words */
  say(holder: string): void
}

/** A wait for the chain. By default it is logged after a minute, and never given up. */
export class ChainWait {
  readonly #app
  readonly #waiting: Waiting
  /** Milliseconds; null while it is not waiting. */
  #began: number | null = null
  #said = false

  constructor(app: Needs<'clock' | 'em' | 'log'>, waiting?: Waiting) {
    this.#app = app
    const say = (holder: string) =>
      app.log.warn({ holder }, 'audit events are not linked, because another session holds the audit chain')
    this.#waiting = waiting ?? { noticeAfter: LOG_AFTER, limit: null, say }
  }

  /** Called each time another session holds the chain. @throws ChainInUse */
  async held(): Promise<void> {
    const { noticeAfter, limit, say } = this.#waiting
    const now = this.#app.clock.now().getTime()
    this.#began ??= now
    const seconds = Math.floor((now - this.#began) / 1000)
    const late = limit !== null && seconds >= limit
    if (!late && (this.#said || seconds < noticeAfter)) return
    const holder = (await lockHolder(this.#app.em, CHAIN_LOCK)) ?? 'a session that has just ended'
    if (late) throw new ChainInUse(holder, seconds)
    this.#said = true
    say(holder)
  }

  /** Called when the chain was free. */
  over(): void {
    this.#began = null
    this.#said = false
  }

  /** The same as `held`, and a pause before the next attempt. @throws ChainInUse */
  async pause(): Promise<void> {
    await this.held()
    await pause(POLL_MS)
  }
}
