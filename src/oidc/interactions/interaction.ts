import type { Client, Interaction as Details } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { NotFound } from '../../base/refusals.ts'
import { digest } from '../../base/secrets.ts'
import type { RequestedAccess } from '../../grants/consent.ts'
import { type AuthenticationMethod, amrOf, type Level, methodsFromAmr } from '../../login/assurance.ts'
import type { ExtraMetadata } from '../clients/client-metadata.ts'
import { requestedAcr, requestedLevel } from '../people/acr.ts'
import { CLAIMS, requestedClaims } from '../people/claims.ts'
import type { People, Person } from '../people/people.ts'
import { INTERACTION, refreshLimit, UNTOUCHED_INTERACTION } from '../provider/lifetimes.ts'
import { type ClientInfo, clientInfo } from '../provider/screens.ts'

interface Login {
  accountId: string
  passed: readonly AuthenticationMethod[]
  /** For a step-up, when its session began, in epoch seconds; null for a new sign-in. */
  since: number | null
  /** The name of the upstream session that the person signed in with (federation/sessions/upstream-sessions.ts). */
  upstreamSession?: string | undefined
}

interface SessionProof {
  accountId: string
  passed: AuthenticationMethod[]
  /** Epoch seconds. */
  signedInAt: number
}

/** Prompt reasons for which a signed-in person proves only what is missing, and does not re-authenticate. */
const STEP_UP: ReadonlySet<string> = new Set(['acr', 'second_factor', 'verified_email'])

/** The sign-in or consent of one person, between an application's request and the response. */
export class Interaction {
  readonly #details: Details
  readonly #app: App
  readonly #resources: Record<string, string[]>
  readonly #refreshLimit: number
  readonly #browser: string | null
  readonly #firstParty: boolean
  readonly #people: People
  readonly client: ClientInfo
  /** What the application requires of each person: an assurance level, a second factor, a verified email. */
  readonly requirements: { level: Level; clientRequires: boolean; verifiedEmail: boolean }

  constructor({
    details,
    client,
    resources,
    browser,
    people,
    app,
  }: {
    details: Details
    client: Client
    /** Scopes by resource indicator. */
    resources: Record<string, string[]>
    browser: string | null
    people: People
    app: App
  }) {
    this.#details = details
    this.#resources = resources
    this.#refreshLimit = refreshLimit(client, app.config)
    this.#browser = browser
    this.#people = people
    this.#app = app
    this.client = clientInfo(client)
    const metadata = client as Partial<ExtraMetadata>
    this.#firstParty = metadata.first_party === true
    this.requirements = {
      level: requestedLevel(requestedAcr(details.params)) ?? '1fa',
      clientRequires: metadata.second_factor_required === true,
      verifiedEmail: metadata.verified_email_required === true,
    }
  }

  get uid(): string {
    return this.#details.uid
  }

  get prompt(): 'login' | 'consent' {
    return this.#details.prompt.name as 'login' | 'consent'
  }

  /** The account that is already signed in. */
  get accountId(): string | null {
    return this.#details.session?.accountId ?? null
  }

  /** Why a signed-in person is asked again; `step-up`: only for what their session lacks. */
  get reauthentication(): 'prompt' | 'max-age' | 'step-up' | null {
    if (this.prompt !== 'login' || !this.accountId) return null
    const { reasons } = this.#details.prompt
    if (reasons.includes('max_age')) return 'max-age'
    return reasons.every(reason => STEP_UP.has(reason)) ? 'step-up' : 'prompt'
  }

  /** The person who is already signed in; null if no one is, or the account is gone. */
  async person(): Promise<Person | null> {
    return this.accountId ? this.#people.find(this.accountId) : null
  }

  /** Gives the interaction its full lifetime at the first form; until then it is kept for minutes only (adapter.ts). */
  async extend(): Promise<void> {
    const { exp = 0, iat } = this.#details
    if (exp - iat <= UNTOUCHED_INTERACTION) await this.#details.save(INTERACTION)
  }

  /** Whether the application wants re-authentication: always, or if the last sign-in is older than `maxAge` seconds. */
  get freshness(): { reauthenticate: boolean; maxAge: number | null } {
    const maxAge = this.#details.params.max_age
    return {
      reauthenticate: (this.parameter('prompt') ?? '').split(' ').includes('login'),
      maxAge: maxAge === undefined ? null : Number(maxAge),
    }
  }

  /** A parameter of the application's request; null if it is absent. */
  parameter(name: string): string | null {
    const value = this.#details.params[name]
    return typeof value === 'string' ? value : null
  }

  /** Everything that the application asks for, including what was allowed before, so that the person sees all of it. */
  get requestedAccess(): RequestedAccess {
    return {
      scopes: (this.parameter('scope') ?? '').split(' ').filter(scope => scope in CLAIMS || scope === 'offline_access'),
      claims: requestedClaims(this.parameter('claims')),
      resources: this.#resources,
    }
  }

  /** Whether the application asks for access while the person is away. */
  get offlineAccess(): boolean {
    return this.requestedAccess.scopes.includes('offline_access')
  }

  /** Seconds for which the application keeps access before the person has to sign in again. */
  get accessDuration(): number {
    return this.offlineAccess ? this.#refreshLimit : this.#app.config.sessionTtl
  }

  /** For a step-up, what the session already proves; null otherwise, or if the session has ended. */
  async sessionProof(): Promise<SessionProof | null> {
    const { accountId, uid } = this.#details.session ?? {}
    if (this.reauthentication !== 'step-up' || !accountId || !uid) return null
    const session = await this.#app.artifacts.byUid('Session', uid)
    if (session?.accountId !== accountId || typeof session.loginTs !== 'number') return null
    return { accountId, passed: methodsFromAmr(session.amr as string[] | undefined), signedInAt: session.loginTs }
  }

  /** @returns where to send the browser */
  async signedIn({ accountId, passed, since, upstreamSession }: Login, { by }: { by: Actor }): Promise<string> {
    if (this.accountId && this.accountId !== accountId) await this.#leaveSession(by)
    if (this.accountId === accountId && since === null && !(await this.#sessionLives())) delete this.#details.session
    const ts = since ?? epoch(this.#app.clock.now())
    return this.#answer({ login: { accountId, amr: amrOf(passed), ts, stepUp: since !== null, upstreamSession } })
  }

  /** @returns where to send the browser */
  async consented({ by }: { by: Actor }): Promise<string> {
    const { accountId, requestedAccess } = this
    if (!accountId || this.prompt !== 'consent')
      throw new NotFound('there is nothing to agree to here', 'session_not_found')
    // First-party applications need no consent; if one asks for it all the same, nothing is remembered.
    if (!this.#firstParty) await this.#app.consents.give(accountId, this.client.id, requestedAccess, { by })
    return this.#answer({ ...this.#details.lastSubmission, consent: {} })
  }

  /** The person declined or cancelled. @returns where to send the browser */
  aborted(): Promise<string> {
    return this.#answer({ error: 'access_denied', error_description: 'End-User aborted interaction' })
  }

  async #answer(result: NonNullable<Details['result']>): Promise<string> {
    this.#details.result = { ...result, ...(this.#browser ? { browser: digest(this.#browser) } : {}) }
    await this.#details.persist()
    return this.#details.returnTo
  }

  /** Whether the session still exists: a sign-in that verifies the email address ends all earlier sessions. */
  async #sessionLives(): Promise<boolean> {
    const { uid } = this.#details.session ?? {}
    return uid !== undefined && (await this.#app.artifacts.byUid('Session', uid)) !== undefined
  }

  /** Ends this browser's session, because another person signs in. */
  async #leaveSession(by: Actor): Promise<void> {
    const { accountId, uid } = this.#details.session ?? {}
    if (accountId && uid) {
      await this.#app.audit.write('session.signed-out', { by, subject: accountId, target: this.client.id })
      await this.#app.sessions.drop(accountId, uid)
    }
    delete this.#details.session
  }
}
