import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { Busy, InvalidInput } from '../../base/refusals.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import type { Page } from '../../token-revocations/token-revocations.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import { WaitingReaders } from './waiting-readers.ts'

/** The `typ` of the signed list, and its media type with `application/` before it. */
const TYPE = 'token-revocations+jwt'

/** Seconds that a request may wait for news. */
const LONGEST_WAIT = 25
/** Pages that are read at the same time; each takes some megabytes for a moment. */
const MOST_READING = 8
/** Seconds after which a further reader asks again. */
const RETRY = 2
/** Milliseconds between news and the response, in which more news may come. */
const COLLECTING_MS = 200
/** Milliseconds between two looks at the database while it does not notify of changes. */
const POLL_MS = 1_000

/**
 * The list of revoked access tokens, for APIs that verify tokens by themselves: `GET /revocations?after=POSITION` gives what
 * comes after a position, signed, and `wait=SECONDS` has it answer when there is something. The format is described in
 * docs/protect-an-api.md.
 */
export class RevocationList {
  readonly #parts
  /** Readers who are at the same position share one look at the database. */
  readonly #reading = new Map<number, Promise<Page>>()
  #news = Promise.withResolvers<void>()
  readonly #readers = new WaitingReaders()
  #reads = 0
  #stopped = false

  constructor(parts: { app: App; current: CurrentProvider }) {
    this.#parts = parts
    parts.app.tokenRevocations.onChange(() => this.#tell())
  }

  readonly handler: Handler = async ctx => {
    if (ctx.path !== '/revocations') return ctx.throw(404)
    if (ctx.method !== 'GET') return ctx.throw(405)
    ctx.set('Cache-Control', 'no-store')
    const [after, wait] = [numberOf(ctx, 'after', Number.MAX_SAFE_INTEGER), numberOf(ctx, 'wait', LONGEST_WAIT)]
    const page = await (wait > 0
      ? this.#readers.admit(ctx, left => this.#whenNews(after, wait, ctx, left))
      : this.#page(after))
    const { config, clock } = this.#parts.app
    const { entries, ...rest } = page
    ctx.body = await this.#parts.current.sign(TYPE, {
      ...{ iss: config.issuer, iat: Math.floor(clock.now().getTime() / 1000), after, ...rest },
      entries: entries.toString('base64url'),
    })
    ctx.type = `application/${TYPE}`
  }

  /** Answers all that wait, so that the process can end. */
  stop(): void {
    this.#stopped = true
    this.#tell()
  }

  async #whenNews(after: number, seconds: number, { res }: Context, left: Promise<void>): Promise<Page> {
    const until = performance.now() + seconds * 1000
    for (;;) {
      const news = this.#news.promise
      const page = await this.#page(after)
      const time = until - performance.now()
      if (page.position !== after || time <= 0 || this.#stopped || res.destroyed) return page
      await this.#next(Promise.race([news, left]), time)
      // The reader has left: no one gets what is read now, and the database may be closed already.
      if (res.destroyed) return page
    }
  }

  /** Waits for news, or the end of the time. */
  async #next(news: Promise<void>, left: number): Promise<void> {
    const time = this.#parts.app.changes.receiving ? left : Math.min(left, POLL_MS)
    const over = new AbortController()
    const timer = pause(time, false, { signal: over.signal, ref: false }).catch(() => false)
    const isNews = await Promise.race([news.then(() => true), timer])
    over.abort()
    if (isNews && !this.#stopped) await pause(Math.min(left, COLLECTING_MS), undefined, { ref: false })
  }

  #tell(): void {
    // A look that began before the news may have missed it.
    this.#reading.clear()
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  async #page(after: number): Promise<Page> {
    const reading = this.#reading.get(after) ?? this.#read(after)
    this.#reading.set(after, reading)
    try {
      return await reading
    } finally {
      if (this.#reading.get(after) === reading) this.#reading.delete(after)
    }
  }

  async #read(after: number): Promise<Page> {
    if (this.#reads >= MOST_READING) throw new Busy(RETRY)
    this.#reads++
    try {
      return await this.#parts.app.tokenRevocations.page(after)
    } finally {
      this.#reads--
    }
  }
}

/** @throws InvalidInput */
function numberOf(ctx: Context, name: string, most: number): number {
  const text = ctx.query[name] ?? '0'
  if (typeof text === 'string' && /^\d{1,16}$/.test(text) && Number(text) <= most) return Number(text)
  throw new InvalidInput({ [name]: `must be a whole number from 0 to ${most}` })
}
