import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import type { SignedOut } from './logout.ts'
import type { Notice } from './notices.ts'
import type { Person } from './person.ts'
import type { SignInChecks } from './relying-party.ts'

// Cookies ignore the port: two applications on localhost need two names.
const COOKIE = 'demo_session'
// Lax, not Strict: the redirect from the provider is cross-site. Under https add `secure: true`.
const COOKIE_RULES = { httpOnly: true, sameSite: 'lax', overwrite: true } as const
const IDLE = 8 * 3600 * 1000
const MOST_SESSIONS = 1000
const MOST_TABS = 10

/** A sign-in in progress. */
interface Expected {
  checks: SignInChecks
  /** Whether it is a step-up for the vault. */
  toVault: boolean
}

/** The session of one browser. */
export class Session {
  readonly id = secret()
  /** The token in every form that changes something; other sites do not know it. */
  readonly csrf = secret()
  usedAt = Date.now()
  person: Person | undefined
  /** Shown once, on the next page. */
  notice: Notice | undefined
  /** Sign-ins in progress, by `state`: a person may have started in two tabs. */
  readonly #expected: Map<string, Expected>

  /** Sign-ins in progress survive a new session ID. */
  constructor(previous?: Session) {
    this.#expected = new Map(previous == null ? [] : previous.#expected)
  }

  expect(checks: SignInChecks, { toVault = false } = {}) {
    this.#expected.set(checks.expectedState, { checks, toVault })
    dropOldest(this.#expected, MOST_TABS)
  }

  /** Takes the checks of a returning sign-in, once. */
  expected(state: string): Expected | undefined {
    const expected = this.#expected.get(state)
    this.#expected.delete(state)
    return expected
  }
}

/** The demo's sessions, in memory: they end with the process. The cookie carries a random id and nothing else. */
export class Sessions {
  readonly #held = new Map<string, Session>()

  find(ctx: Context): Session | undefined {
    const session = this.#held.get(ctx.cookies.get(COOKIE) ?? '')
    if (session == null) return undefined
    this.#held.delete(session.id)
    if (Date.now() - session.usedAt > IDLE) return undefined
    session.usedAt = Date.now()
    this.#held.set(session.id, session)
    return session
  }

  /** A new session with a new ID, so that an ID known before the sign-in is useless. */
  start(ctx: Context): Session {
    const previous = this.find(ctx)
    const session = new Session(previous)
    this.#held.delete(previous?.id ?? '')
    this.#held.set(session.id, session)
    dropOldest(this.#held, MOST_SESSIONS)
    ctx.cookies.set(COOKIE, session.id, COOKIE_RULES)
    return session
  }

  end(ctx: Context) {
    this.#held.delete(ctx.cookies.get(COOKIE) ?? '')
    ctx.cookies.set(COOKIE, null, COOKIE_RULES)
  }

  /** The sessions of one session at the provider, or all of a person. */
  endOf({ sub, sid }: SignedOut) {
    for (const { id, person } of this.#held.values()) {
      const ended = sid === undefined ? person?.claims.sub === sub : person?.claims.sid === sid
      if (person != null && ended) this.#held.delete(id)
    }
  }
}

export function sameSecret(expected: string, given: string) {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function dropOldest(held: Map<string, unknown>, most: number) {
  const [oldest] = held.keys()
  if (oldest != null && held.size > most) held.delete(oldest)
}

function secret() {
  return randomBytes(32).toString('base64url')
}
