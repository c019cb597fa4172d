import type { Logger } from '../../base/log.ts'
import { openUnder, sealUnder } from '../../base/sealing.ts'
import { keyOf } from '../artifacts/artifact.ts'
import type { Sql } from '../database/sql.ts'
import { settledWithin } from '../wait-budget.ts'

/**
 * Seconds for which a retry is accepted: longer than an outage, and longer than clients that refresh early wait to
 * retry. During that time, a thief needs the token itself to get the response. If the attempt had really failed, the
 * stolen token would be valid for weeks.
 */
const LIFE = 60 * 60
/** Milliseconds between retries of a failed write to the database. */
const RETRY_MS = 250
/** Milliseconds that an error response waits for the write. */
const MAX_WAIT_MS = 1000
/** Responses of a few kilobytes each, kept in memory while the database is unavailable; the oldest are dropped. */
const MOST_PENDING = 1000

interface Presented {
  /** The code or refresh token. */
  token: string
  /** The attempt that consumed the token, or may have. */
  attempt: string
  /** The attempt that asks for the response. */
  by: string
}

interface Entry {
  id: string
  attempt: string
  by: string
  sealed: string
}

/**
 * Token responses that may not have reached their clients: the store did not say whether the redemption was committed,
 * or an error occurred afterwards. A client that retries gets the response, once. Responses are stored in the database,
 * each sealed under its code or token, and held in this process until the database has them. A row stays, without its
 * content, once the response was given, so that an attempt that fails late doesn't bring it back.
 */
export class UnconfirmedResponses {
  readonly #parts
  readonly #pending = new Map<string, Entry>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: { sql: Sql; log: Logger }) {
    this.#parts = parts
  }

  /** Stores the response, or makes it available again if `by` had claimed it. Never rejects. */
  async keep({ token, attempt, by }: Presented, answer: string): Promise<void> {
    const entry = { id: keyOf(token), attempt, by, sealed: sealUnder(token, answer) }
    this.#pending.set(name(entry), entry)
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= MOST_PENDING) break
      this.#pending.delete(oldest)
    }
    await settledWithin(MAX_WAIT_MS, this.#write(entry))
  }

  /** The response of this attempt, if it was kept and not yet given out. */
  async find({ token, attempt }: Omit<Presented, 'by'>): Promise<string | null> {
    const id = keyOf(token)
    const pending = this.#pending.get(name({ id, attempt }))
    if (pending) return openUnder(token, pending.sealed)
    const [row] = await this.#parts.sql.query<{ sealed: string }>(
      `select sealed from unconfirmed_response
       where id = ? and attempt = ? and taken_by is null and expires_at > now()`,
      [id, attempt],
    )
    return row ? openUnder(token, row.sealed) : null
  }

  /** Claims the response for `by`. @returns false if it was claimed before */
  async take({ token, attempt, by }: Presented): Promise<boolean> {
    const id = keyOf(token)
    this.#pending.delete(name({ id, attempt }))
    const taken = await this.#parts.sql.query(
      `insert into unconfirmed_response as kept (id, attempt, taken_by, expires_at)
       values (?, ?, ?, now() + make_interval(secs => ?))
       on conflict (id, attempt) do update set taken_by = excluded.taken_by, sealed = null
       where kept.taken_by is null returning 1 as taken`,
      [id, attempt, by, LIFE],
    )
    return taken.length === 1
  }

  async sweep(): Promise<number> {
    const gone = await this.#parts.sql.query(
      'delete from unconfirmed_response where expires_at <= now() returning 1 as gone',
      [],
    )
    return gone.length
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await settledWithin(MAX_WAIT_MS, this.#writeAll())
    clearTimeout(this.#timer)
    if (this.#pending.size > 0)
      this.#parts.log.error(
        { count: this.#pending.size },
        'could not store unconfirmed responses; retries will be refused',
      )
  }

  async #write(entry: Entry): Promise<boolean> {
    const { id, attempt, by, sealed } = entry
    try {
      await this.#parts.sql.query(
        `insert into unconfirmed_response as kept (id, attempt, sealed, expires_at)
         values (?, ?, ?, now() + make_interval(secs => ?))
         on conflict (id, attempt) do update set sealed = excluded.sealed, taken_by = null where kept.taken_by = ?`,
        [id, attempt, sealed, LIFE, by],
      )
      if (this.#pending.get(name(entry)) === entry) this.#pending.delete(name(entry))
      return true
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'could not store an unconfirmed response; retrying')
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        void this.#writeAll()
      }, RETRY_MS).unref()
      return false
    }
  }

  /** Writes the pending responses one by one, and stops at the first that fails. */
  async #writeAll(): Promise<void> {
    for (const entry of this.#pending.values()) if (!(await this.#write(entry))) return
  }
}

function name({ id, attempt }: Pick<Entry, 'id' | 'attempt'>): string {
  return `${id}:${attempt}`
}
