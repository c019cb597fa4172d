import type { Provider as Library } from 'oidc-provider'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { validPerson } from '../people/find-account.ts'
import type { People, Person } from '../people/people.ts'
import { cookies } from './cookies.ts'

/** The maximum number of sessions of one browser besides the current one. */
const MAX_OTHERS = 4

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

/** What identifies a session, and its account. */
export type KeptSession = Pick<Session, 'jti' | 'uid' | 'accountId'>

/** Who ends a session, and the client_id of the application in which they do. */
export interface Ending {
  by: Actor
  target: string | null
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
    const current = await this.currentAccount()
    return [...(current ? [current] : []), ...(await this.otherAccounts(current?.person.id))]
  }

  /** The account of the current session; null if no one is signed in, or the session is no longer valid. */
  async currentAccount(): Promise<BrowserAccount | null> {
    return this.#accountOf(await this.#parts.provider.Session.get(this.#browser as never))
  }

  /** The accounts of the other sessions that a person can continue with, each once, without the current account. */
  async otherAccounts(currentId: string | undefined): Promise<BrowserAccount[]> {
    const accounts = new Map<string, BrowserAccount>()
    for (const session of await this.others()) {
      const { accountId = '' } = session
      const account = accountId === currentId || accounts.has(accountId) ? null : await this.#accountOf(session)
      if (account) accounts.set(accountId, account)
    }
    return [...accounts.values()]
  }

  /**
   * Keeps these sessions as the other ones of the browser. Those that are too many end, because no one could end them in
   * this browser any more: two sign-ins at the same time can add more accounts than either of them made room for.
   */
  async keep(sessions: readonly KeptSession[], ending: Ending): Promise<void> {
    this.#name(sessions.slice(0, MAX_OTHERS).map(({ jti }) => jti))
    await this.#end(sessions.slice(MAX_OTHERS), ending)
  }

  /** Ends the session that was used least recently if the browser would otherwise have too many. */
  async makeRoom(newcomer: string, ending: Ending): Promise<void> {
    const others = await this.others()
    if (others.length < MAX_OTHERS || others.some(({ accountId }) => accountId === newcomer)) return
    await this.#end(others.slice(-1), ending)
  }

  /** Ends every session of the browser, because another person signs in. */
  async endAll(current: { accountId?: string; uid: string } | undefined, ending: Ending): Promise<void> {
    const { accountId, uid } = current ?? {}
    if (accountId && uid) await endSession(this.#parts.app, { accountId, uid }, ending)
    await this.endOthers(ending)
  }

  /** Ends the other sessions, so that no one but the current person stays signed in. */
  async endOthers(ending: Ending): Promise<void> {
    await this.#end(await this.others(), ending)
    if (this.#ids.length > 0) this.#name([])
  }

  async #accountOf({ accountId, uid, loginTs = 0 }: Session): Promise<BrowserAccount | null> {
    const { app, people } = this.#parts
    const person = accountId ? await validPerson(people, app, accountId, loginTs) : null
    return person && { person, uid }
  }

  async #end(sessions: readonly KeptSession[], ending: Ending): Promise<void> {
    for (const { accountId, uid } of sessions)
      if (accountId) await endSession(this.#parts.app, { accountId, uid }, ending)
  }

  /** Sets the cookie that names the other sessions. */
  #name(ids: readonly string[]): void {
    const { config, sealing } = this.#parts.app
    const { names, long } = cookies(config)
    const value = ids.length > 0 ? sealing.seal(ids.join(' '), SEALED) : null
    this.#browser.cookies.set(names.others, value, { ...long, ...(value && { maxAge: config.sessionTtl * 1000 }) })
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

/** Signs a session out, as its own browser does. */
async function endSession(
  { audit, sessions }: Needs<'audit' | 'sessions'>,
  { accountId, uid }: { accountId: string; uid: string },
  { by, target }: Ending,
): Promise<void> {
  await audit.write('session.signed-out', { by, subject: accountId, target })
  await sessions.drop(accountId, uid)
}
