import type { Interaction as Details } from 'oidc-provider'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { NotFound } from '../../base/refusals.ts'
import { digest } from '../../base/secrets.ts'
import { type AuthenticationMethod, amrOf, methodsFromAmr } from '../../login/assurance.ts'
import type { People, Person } from '../people/people.ts'
import { INTERACTION, UNTOUCHED_INTERACTION } from '../provider/lifetimes.ts'
import { type ClientInfo, clientInfo } from '../provider/screens.ts'
import { AuthorizationRequest, type RequestParts } from './authorization-request.ts'

interface Parts extends RequestParts {
  details: Details
  /** The value that identifies this browser, in which the sign-in must be finished (same-browser.ts). */
  browser: string | null
  people: People
}

interface Login {
  accountId: string
  passed: readonly AuthenticationMethod[]
  /** For a step-up, when its session began, in epoch seconds; null for a new sign-in. */
  since: number | null
  /** The name of the upstream session that the person signed in with (federation/sessions/upstream-sessions.ts). */
  upstreamSession?: string | undefined
}

/** Prompt reasons for which a signed-in person proves only what is missing, and does not re-authenticate. */
const STEP_UP: ReadonlySet<string> = new Set(['acr', 'second_factor', 'verified_email'])

/** The sign-in or consent of one person, between an application's request and the response. */
export class Interaction {
  readonly #parts: Parts
  readonly #details: Details
  readonly uid: string
  readonly prompt: 'login' | 'consent'
  readonly client: ClientInfo
  readonly request: AuthorizationRequest
  /** The account that is already signed in. */
  readonly accountId: string | null

  constructor(parts: Parts) {
    const { details } = parts
    this.#parts = parts
    this.#details = details
    this.uid = details.uid
    this.prompt = details.prompt.name as 'login' | 'consent'
    this.client = clientInfo(parts.client)
    this.request = new AuthorizationRequest(parts)
    this.accountId = details.session?.accountId ?? null
  }

  /** The person who is already signed in; null if no one is, or the account is gone. */
  async person(): Promise<Person | null> {
    return this.accountId ? this.#parts.people.find(this.accountId) : null
  }

  /** Why a signed-in person must authenticate again; `step-up`: only for what their session lacks. */
  get reauthentication(): 'prompt' | 'max-age' | 'step-up' | null {
    if (this.prompt !== 'login' || !this.accountId) return null
    const { reasons } = this.#details.prompt
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

  /** @returns where to send the browser */
  async completeSignIn({ accountId, passed, since, upstreamSession }: Login, { by }: { by: Actor }): Promise<string> {
    if (this.accountId && this.accountId !== accountId) await this.#endSession(by)
    // A sign-in that verifies the email address has ended all earlier sessions.
    else if (since === null && !(await this.#session())) delete this.#details.session
    const ts = since ?? epoch(this.#parts.app.clock.now())
    return this.#complete({ login: { accountId, amr: amrOf(passed), ts, stepUp: since !== null, upstreamSession } })
  }

  /** @returns where to send the browser */
  async completeConsent({ by }: { by: Actor }): Promise<string> {
    const { accountId } = this
    if (!accountId || this.prompt !== 'consent') throw new NotFound('no consent is requested here', 'session_not_found')
    // First-party applications need no consent; if one requests it anyway, it is not stored.
    if (this.#parts.client.first_party !== true)
      await this.#parts.app.consents.give(accountId, this.client.id, this.request.access, { by })
    return this.#complete({ ...this.#details.lastSubmission, consent: {} })
  }

  /** The person declined or cancelled. @returns where to send the browser */
  cancel(): Promise<string> {
    return this.#complete({ error: 'access_denied', error_description: 'End-User aborted interaction' })
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

  /** Ends this browser's session, because another person signs in. */
  async #endSession(by: Actor): Promise<void> {
    const { app } = this.#parts
    const { accountId, uid } = this.#details.session ?? {}
    if (accountId && uid) {
      await app.audit.write('session.signed-out', { by, subject: accountId, target: this.client.id })
      await app.sessions.drop(accountId, uid)
    }
    delete this.#details.session
  }
}
