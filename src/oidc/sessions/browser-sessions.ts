import type { Provider as Library } from 'oidc-provider'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { validPerson } from '../people/find-account.ts'
import type { People, Person } from '../people/people.ts'
import { cookies } from './cookies.ts'

/** The maximum number of sessions of one browser besides the current one. */
export const MAX_OTHERS = 4

const SEALED = 'other sessions'

interface Parts {
  app: Needs<'config' | 'sealing' | 'verification' | 'audit' | 'sessions'>
  provider: Library
  people: People
}

type Session = InstanceType<Library['Session']>

/** An account that is signed in in a browser, and the `uid` of its session. */
export interface BrowserAccount {
  person: Person
  uid: string
}

/** A request of a browser. */
export interface Browser {
  cookies: {
    get(name: string, options: { signed: boolean }): string | undefined
    set(name: string, value: string | null, options: object): unknown
  }
}

/**
 * The sessions of one browser: the current one, which the session cookie names, and those of other accounts, which stay
 * signed in beside it when a person adds an account in the account chooser. The ids of the others are in a sealed cookie.
 * The sessions themselves are like any other, so they expire and end in the same ways. A switch gives the sessions that
 * it changes new ids (switch-account.ts).
 */
export class BrowserSessions {
  readonly #parts: Parts
  readonly #browser: Browser

  constructor(parts: Parts, browser: Browser) {
    this.#parts = parts
    this.#browser = browser
  }

  /** The sessions besides the current one that have not ended, that of the latest switch first. */
  async others(): Promise<Session[]> {
    const { Session } = this.#parts.provider
    const found = await Promise.all(this.#ids.map(id => Session.find(id)))
    return found.flatMap(session => (session?.accountId ? [session] : []))
  }

  /** The accounts that a person can continue with, each once, the current one first. */
  async accounts(): Promise<BrowserAccount[]> {
    const { app, people, provider } = this.#parts
    const sessions = [await provider.Session.get(this.#browser as never), ...(await this.others())]
    const accounts = new Map<string, BrowserAccount>()
    for (const { accountId, uid, loginTs = 0 } of sessions) {
      const person = accountId ? await validPerson(people, app, accountId, loginTs) : null
      if (person && !accounts.has(person.id)) accounts.set(person.id, { person, uid })
    }
    return [...accounts.values()]
  }

  /** Keeps these sessions as the other ones of the browser, by their ids. */
  keep(ids: readonly string[]): void {
    const { config, sealing } = this.#parts.app
    const { names, long } = cookies(config)
    const value = ids.length > 0 ? sealing.seal(ids.slice(0, MAX_OTHERS).join(' '), SEALED) : null
    this.#browser.cookies.set(names.others, value, { ...long, ...(value && { maxAge: config.sessionTtl * 1000 }) })
  }

  /** Ends the other sessions, so that no one but the current person stays signed in. */
  async endOthers({ by, target }: { by: Actor; target: string | null }): Promise<void> {
    for (const { accountId, uid } of await this.others())
      await endSession(this.#parts.app, { accountId: accountId!, uid }, { by, target })
    if (this.#ids.length > 0) this.keep([])
  }

  get #ids(): string[] {
    const { config, sealing } = this.#parts.app
    try {
      return sealing
        .open(this.#browser.cookies.get(cookies(config).names.others, { signed: false }) ?? '', SEALED)
        .split(' ')
    } catch {
      return []
    }
  }
}

/** Signs a session out, as its own browser does. @param target the client_id of the application */
export async function endSession(
  { audit, sessions }: Needs<'audit' | 'sessions'>,
  { accountId, uid }: { accountId: string; uid: string },
  { by, target }: { by: Actor; target: string | null },
): Promise<void> {
  await audit.write('session.signed-out', { by, subject: accountId, target })
  await sessions.drop(accountId, uid)
}
