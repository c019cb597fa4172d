import { decodeJwt } from 'jose'
import type { Client, Interaction as Details } from 'oidc-provider'
import { parseEmail } from '../../accounts/email.ts'
import type { App } from '../../app.ts'
import { CLAIMS } from '../../clients/claims/claims-of-scopes.ts'
import { remoteHost } from '../../clients/uris.ts'
import type { Access } from '../../grants/consent.ts'
import type { Level } from '../../login/assurance.ts'
import { requestedAcr, requestedLevel } from '../people/acr.ts'
import { isForApisAlone } from '../people/admission.ts'
import { requestedClaims } from '../people/claims.ts'
import type { Person } from '../people/people.ts'
import { refreshLimit } from '../provider/lifetimes.ts'

export interface RequestParts {
  details: Pick<Details, 'params'>
  client: Client
  /** The requested scopes by resource indicator. */
  resources: Record<string, string[]>
  app: App
}

/** What an application asks for in its authorization request. */
export class AuthorizationRequest {
  readonly #parts: RequestParts

  constructor(parts: RequestParts) {
    this.#parts = parts
  }

  /** A parameter of the request; null if it is absent. */
  parameter(name: string): string | null {
    const value = this.#parts.details.params[name]
    return typeof value === 'string' ? value : null
  }

  /** The host that the person is sent to; null for an application on the same device. */
  get redirectHost(): string | null {
    return remoteHost(this.parameter('redirect_uri') ?? '')
  }

  /** Whether `login_hint` or `id_token_hint` names this person. The library has checked the ID token. */
  hintsAt({ id, email, username }: Person): boolean {
    const [token, hint] = [this.parameter('id_token_hint'), this.parameter('login_hint')?.trim()]
    if (token !== null && decodeJwt(token).sub === id) return true
    return hint !== undefined && hint !== '' && (parseEmail(hint) === email || hint === username)
  }

  /** Whether it names the person whom the application expects, so that no one else may continue. */
  get expectsPerson(): boolean {
    return this.parameter('id_token_hint') !== null
  }

  /** Whether it is for APIs alone, at which the roles of the person allow none of what it asks for. */
  get leavesNothing(): boolean {
    const { details, resources } = this.#parts
    return isForApisAlone(details.params) && Object.keys(resources).length === 0
  }

  /** What the sign-in must meet: an assurance level, a second factor, a verified email address. */
  get requirements(): { level: Level; clientRequires: boolean; verifiedEmail: boolean } {
    const { app, client, details } = this.#parts
    return {
      level: requestedLevel(requestedAcr(details.params), { passkeys: app.webauthn.usable }) ?? '1fa',
      clientRequires: client.second_factor_required === true,
      verifiedEmail: client.verified_email_required === true,
    }
  }

  /** Whether the person must re-authenticate: always, or if the last sign-in is older than `maxAge` seconds. */
  get freshness(): { reauthenticate: boolean; maxAge: number | null } {
    const maxAge = this.#parts.details.params.max_age
    return {
      reauthenticate: (this.parameter('prompt') ?? '').split(' ').includes('login'),
      maxAge: maxAge === undefined ? null : Number(maxAge),
    }
  }

  /** Everything that is requested, including what was allowed before, so that the person sees all of it. */
  get access(): Access {
    return {
      scopes: (this.parameter('scope') ?? '').split(' ').filter(scope => scope in CLAIMS || scope === 'offline_access'),
      claims: requestedClaims(this.parameter('claims')),
      resources: this.#parts.resources,
    }
  }

  /** Whether the application asks for access while the person is away. */
  get offlineAccess(): boolean {
    return this.access.scopes.includes('offline_access')
  }

  /** Seconds for which the application keeps access before the person has to sign in again. */
  get accessDuration(): number {
    const { client, app } = this.#parts
    return this.offlineAccess ? refreshLimit(client, app.config) : app.config.sessionTtl
  }
}
