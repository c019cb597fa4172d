import type { Interaction as Details } from 'oidc-provider'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { NotFound } from '../../base/refusals.ts'
import { digest } from '../../base/secrets.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { type AuthenticationMethod, amrOf, methodsFromAmr } from '../../login/assurance.ts'
import { keptOutByRole } from '../people/admission.ts'
import type { People, Person } from '../people/people.ts'
import { INTERACTION, UNTOUCHED_INTERACTION } from '../provider/lifetimes.ts'
import { type ClientInfo, clientInfo } from '../provider/screens.ts'
import type { BrowserAccount, BrowserSessions } from '../sessions/browser-sessions.ts'
import { AuthorizationRequest, type RequestParts } from './authorization-request.ts'
import { ROLE_REFUSED } from './prompt-policy.ts'
import { ANSWERED, FIRST_PAGE, type Refusal, STEP_UP } from './prompts.ts'

interface Parts extends RequestParts {
  details: Details
  /** The value that identifies this browser, in which the sign-in must be finished (same-browser.ts). */
  browser: string | null
  sessions: BrowserSessions
  people: People
  impersonated: boolean
}

interface Login {
  accountId: string
  passed: readonly AuthenticationMethod[]
  /** For a step-up, when its session began, in epoch seconds; null for a new sign-in. */
  since: number | null
  /** The name of the upstream session that the person signed in with (federation/sessions/upstream-sessions.ts). */
  upstreamSession?: string | undefined
}

/** The sign-in or consent of one person, or the refusal of access, between an application's request and the response. */
export class Interaction {
  readonly #parts: Parts
  readonly #details: Details
  readonly uid: string
  readonly prompt: 'login' | 'access' | 'consent'
  readonly firstPage: 'sign-in' | 'choose-account' | 'register'
  readonly client: ClientInfo
  readonly request: AuthorizationRequest
  /** The account that is already signed in, and whether an administrator acts as that person. */
  readonly accountId: string | null
  readonly impersonated: boolean

  constructor(parts: Parts) {
    const { details } = parts
    this.#parts = parts
    this.#details = details
    this.uid = details.uid
    const { name } = details.prompt
    this.prompt = name === 'consent' || name === 'access' ? name : 'login'
    this.firstPage = FIRST_PAGE[name as keyof typeof FIRST_PAGE] ?? 'sign-in'
    this.client = clientInfo(parts.client)
    this.request = new AuthorizationRequest(parts)
    this.accountId = details.session?.accountId ?? null
    this.impersonated = parts.impersonated
  }

  /** The person who is already signed in; null if no one is, or the account is gone. */
  async person(): Promise<Person | null> {
    return this.accountId ? this.#parts.people.find(this.accountId) : null
  }

  /** Why a signed-in person must authenticate again; `step-up`: only for what their session lacks. */
  get reauthentication(): 'prompt' | 'max-age' | 'step-up' | null {
    const { name, reasons } = this.#details.prompt
    if (name !== 'login' || !this.accountId) return null
    if (reasons.includes('max_age')) return 'max-age'
    return reasons.every(reason => STEP_UP.has(reason)) ? 'step-up' : 'prompt'
  }

  /** Gives the interaction its full lifetime at the first form; until then it is kept for minutes only (adapter.ts). */
  async extend(): Promise<void> {
    const { exp = 0, iat } = this.#details
    if (exp - iat <= UNTOUCHED_INTERACTION) await this.#details.save(INTERACTION)
  }

  /** For a step-up, what the session already proves; null otherwise, or if the session has ended. */
  async sessionProof(): Promise<{ accountId: string; passed: AuthenticationMethod[]; signedInAt: number } | null> {
    const session = this.reauthentication === 'step-up' ? await this.#session() : null
    if (!session?.accountId || typeof session.loginTs !== 'number') return null
    const { accountId, loginTs: signedInAt, amr } = session
    return { accountId, passed: methodsFromAmr(amr as string[] | undefined), signedInAt }
  }

  /** The accounts that are signed in in this browser, those that the request hints at first. */
  async accounts(): Promise<BrowserAccount[]> {
    const accounts = await this.#parts.sessions.accounts()
    const hinted = accounts.map(account => ({ account, hinted: this.request.hintsAt(account.person) }))
    return hinted.toSorted((a, b) => Number(b.hinted) - Number(a.hinted)).map(({ account }) => account)
  }

  /** The `login_hint` for a sign-in; empty if it names one of `accounts`, to which the person need not sign in. */
  async loginHint(): Promise<string> {
    const known = this.firstPage === 'choose-account' ? await this.accounts() : []
    return known.some(({ person }) => this.request.hintsAt(person)) ? '' : (this.request.parameter('login_hint') ?? '')
  }

  /**
   * Continues as an account that is signed in in this browser; the browser switches to its session when the request is
   * resumed (sessions/switch-account.ts).
   * @returns where to send the browser @throws NotFound if the account is not among `accounts`
   */
  async chooseAccount(id: string): Promise<string> {
    const chosen = (await this.accounts()).find(({ person }) => person.id === id)
    if (this.firstPage !== 'choose-account' || !chosen) throw new NotFound('this account is not signed in here')
    // The store keeps no cookie of a session (store/adapter.ts).
    this.#details.session = { accountId: id, uid: chosen.uid, cookie: '' }
    return this.#complete({ ...this.#answeredBefore, select_account: { accountId: id } })
  }

  /** @returns where to send the browser */
  async completeSignIn({ accountId, passed, since, upstreamSession }: Login, { by }: { by: Actor }): Promise<string> {
    const another = this.accountId !== accountId
    if (another && this.firstPage === 'choose-account')
      await this.#parts.sessions.makeRoom(accountId, { by, target: this.client.id })
    else if (another) await this.#parts.sessions.endAll(this.#details.session, { by, target: this.client.id })
    // A sign-in that verifies the email address has ended all earlier sessions.
    if (another || (since === null && !(await this.#session()))) delete this.#details.session
    const ts = since ?? epoch(this.#parts.app.clock.now())
    const answered = ANSWERED[this.#details.prompt.name]?.map(prompt => [prompt, {}]) ?? []
    return this.#complete({
      ...this.#answeredBefore,
      ...Object.fromEntries(answered),
      login: { accountId, amr: amrOf(passed), ts, stepUp: since !== null, upstreamSession },
    })
  }

  /** @returns where to send the browser */
  async completeConsent({ by }: { by: Actor }): Promise<string> {
    const { accountId } = this
    if (!accountId || this.prompt !== 'consent') throw new NotFound('no consent is requested here', 'session_not_found')
    // First-party applications need no consent; if one requests it anyway, it is not stored.
    if (this.#parts.client.first_party !== true) {
      const { consents, metadataDocuments } = this.#parts.app
      if (isDocumentAddress(this.client.id)) await metadataDocuments.store(this.client.id, { by })
      await consents.give(accountId, this.client.id, this.#consented, { by })
    }
    return this.#complete({ ...this.#details.lastSubmission, consent: {} })
  }

  /** The person whom their roles keep out (prompt-policy.ts); null if they no longer do. */
  async keptOut(): Promise<Person | null> {
    const person = await this.person()
    return person && (this.request.leavesNothing || keptOutByRole(this.#parts.client, person)) ? person : null
  }

  /** Goes on without another answer. @returns where to send the browser */
  proceed(): Promise<string> {
    return this.#complete({ ...this.#details.lastSubmission })
  }

  /** A person who is kept out by their roles continues with another account, and stays signed in with this one. */
  async useAnotherAccount(): Promise<void> {
    if (this.prompt !== 'access' || this.request.expectsPerson)
      throw new NotFound('another account cannot be used here', 'session_not_found')
    this.#details.prompt = { name: 'select_account', reasons: ['role'], details: {} }
    await this.#details.persist()
  }

  /** What the person agrees to; for a client that registered itself, also to be sent to this host (prompt-policy.ts). */
  get #consented() {
    const { access, redirectHost } = this.request
    const bound = this.client.selfRegisteredAt !== null && redirectHost !== null
    return { ...access, ...(bound && { redirectHosts: [redirectHost] }) }
  }

  /**
   * The person declined or cancelled, or leaves without access.
   * @param answer what the application gets instead of that
   * @returns where to send the browser
   */
  cancel(answer?: Refusal | null): Promise<string> {
    const reason = this.prompt === 'access' ? ROLE_REFUSED : 'End-User aborted interaction'
    return this.#complete({ ...(answer ?? { error: 'access_denied', error_description: reason }) })
  }

  async #complete(result: NonNullable<Details['result']>): Promise<string> {
    const { browser } = this.#parts
    this.#details.result = { ...result, ...(browser ? { browser: digest(browser) } : {}) }
    await this.#details.persist()
    return this.#details.returnTo
  }

  /** The stored session of the person who is already signed in; null if it has ended. */
  async #session() {
    const { accountId, uid } = this.#details.session ?? {}
    const session = accountId && uid ? await this.#parts.app.artifacts.byUid('Session', uid) : undefined
    return session?.accountId === accountId ? (session ?? null) : null
  }

  /** The answers to earlier prompts of the same request. A consent is not among them: it was that of another session. */
  get #answeredBefore(): Record<string, unknown> {
    const { create, select_account: chosen } = this.#details.lastSubmission ?? {}
    return { ...(create ? { create } : {}), ...(chosen ? { select_account: chosen } : {}) }
  }
}
