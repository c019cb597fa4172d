import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import type { SignedOut } from './logout.ts'
import type { Person } from './person.ts'
import type { SignInChecks } from './relying-party.ts'

// Ports share cookies: two applications on localhost need two names.
const COOKIE = 'demo_session'
// Lax, not Strict: the way back from the provider is a link from another site. Under https add `secure: true`.
const COOKIE_RULES = { httpOnly: true, sameSite: 'lax', overwrite: true } as const
const IDLE = 8 * 3600 * 1000
const MOST_SESSIONS = 1000
const MOST_TABS = 10

/** Shown once, on the next page. */
export interface Notice {
  tone: 'good' | 'bad'
  title: string
  detail?: string
}

/** A sign-in under way. */
interface Expected {
  checks: SignInChecks
  /** It is done for the vault's sake. */
  toVault: boolean
}

/** One browser's visit. */
export class Session {
  readonly id = secret()
  /** Stands in every form that changes something: another site cannot know it. */
  readonly csrf = secret()
  usedAt = Date.now()
  person: Person | undefined
  notice: Notice | undefined
  /** Sign-ins under way, by `state`: somebody may have begun in two tabs. */
  readonly #expected: Map<string, Expected>

  /** Sign-ins under way outlive the change of session. */
  constructor(previous?: Session) {
    this.#expected = new Map(previous == null ? [] : previous.#expected)
  }

  expect(checks: SignInChecks, { toVault = false } = {}) {
    this.#expected.set(checks.expectedState, { checks, toVault })
    dropOldest(this.#expected, MOST_TABS)
  }

  /** What to check a returning sign-in against: once. */
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

  /** A new session under a new id, also where there was one: an id known before signing in is worth nothing after. */
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

  /** Those that came of one session at the provider, or all of the person's. */
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
