/**
 * OpenID Connect in an application, with openid-client: discovery, authorization code with PKCE, refresh, userinfo,
 * calling an API, revoking a token, and signing out. It has no state of its own; it takes and returns a `Person`.
 */
import * as oidc from 'openid-client'
import { Person } from './person.ts'
import type { Stronger } from './stronger.ts'

/** The scope the demo's API asks for. */
export const API_SCOPE = 'demo:read'
/** The scopes for claims about the person. */
const PERSON_SCOPE = 'openid profile email roles'

/** What the browser's session stores between the redirect to the provider and the return. */
export type SignInChecks = Required<Pick<oidc.AuthorizationCodeGrantChecks, 'pkceCodeVerifier' | 'expectedNonce'>> & {
  expectedState: string
  maxAge?: number
}

interface Registration {
  issuer: string
  clientId: string
  clientSecret: string
  redirectUri: string
  postLogoutRedirectUri: string
  /** The resource indicator of the API (RFC 8707). */
  resource: string
  /** The API's address, without a trailing slash. */
  api: string
}

export class RelyingParty {
  readonly #registration: Registration
  #discovered: Promise<oidc.Configuration> | undefined

  constructor(registration: Registration) {
    this.#registration = registration
  }

  get issuer() {
    return this.#registration.issuer
  }

  get clientId() {
    return this.#registration.clientId
  }

  get resource() {
    return this.#registration.resource
  }

  /** The provider's metadata, fetched when first needed, and again after a failure. */
  provider(): Promise<oidc.Configuration> {
    this.#discovered ??= this.#discover().catch(error => {
      this.#discovered = undefined
      throw error
    })
    return this.#discovered
  }

  async #discover() {
    const { issuer, clientId, clientSecret } = this.#registration
    const server = new URL(issuer)
    const execute = [oidc.enableNonRepudiationChecks]
    // openid-client speaks https only. Plain http is for a provider on the same machine, and must be allowed.
    if (server.protocol === 'http:') execute.push(oidc.allowInsecureRequests)
    return oidc.discovery(server, clientId, clientSecret, oidc.ClientSecretBasic(clientSecret), { execute })
  }

  /**
   * Where to redirect the browser, and what to store until it returns. New secrets each time. `stronger` is a step-up of
   * a signed-in person, without new consent.
   */
  async begin(stronger?: Stronger): Promise<{ location: URL; checks: SignInChecks }> {
    const provider = await this.provider()
    const checks = {
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(),
      ...(stronger?.max_age != null && { maxAge: Number(stronger.max_age) }),
    }
    const location = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: this.#registration.redirectUri,
      scope: stronger ? `${PERSON_SCOPE} ${API_SCOPE}` : `${PERSON_SCOPE} offline_access ${API_SCOPE}`,
      resource: this.#registration.resource,
      // OpenID Connect Core, section 11: without prompt=consent the provider must ignore offline_access, and there
      // would be no refresh token. An application that needs none leaves out both.
      ...(stronger ?? { prompt: 'consent' }),
      // When and how the person authenticated; providers return it on request (section 5.5).
      claims: JSON.stringify({ id_token: { auth_time: { essential: true }, acr: null, amr: null } }),
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    return { location, checks }
  }

  /** Redeems the code. `returned` is the whole address of the callback. */
  async finish(returned: URL, checks: SignInChecks): Promise<Person> {
    const { resource } = this.#registration
    // One access token has one audience: naming the resource makes this one a JWT for our API.
    const tokens = await oidc.authorizationCodeGrant(await this.provider(), returned, checks, { resource })
    const person = new Person(tokens)
    await this.#learn(person)
    return person
  }

  /** Refreshes the tokens. Concurrent requests share one refresh, because using a refresh token twice looks like theft. */
  renew(person: Person): Promise<void> {
    person.renewal ??= this.#renew(person).finally(() => {
      person.renewal = undefined
    })
    return person.renewal
  }

  async #renew(person: Person) {
    const { resource } = this.#registration
    person.keep(await oidc.refreshTokenGrant(await this.provider(), person.refreshToken ?? '', { resource }))
    await this.#learn(person)
  }

  /** Userinfo is the provider's own API: it needs a second token, with fewer scopes and without our resource. */
  async #learn(person: Person) {
    if (person.refreshToken == null) return
    const provider = await this.provider()
    const tokens = await oidc.refreshTokenGrant(provider, person.refreshToken, { scope: PERSON_SCOPE })
    person.rotate(tokens)
    person.userinfo = await oidc.fetchUserInfo(provider, tokens.access_token, person.claims.sub)
  }

  /** Calls the API over HTTP, after refreshing the access token if it is about to expire. */
  async callApi(what: string, person: Person): Promise<Response> {
    if (person.expiresWithin(30) && person.refreshToken != null) await this.renew(person)
    return oidc.fetchProtectedResource(
      await this.provider(),
      person.accessToken,
      new URL(`${this.#registration.api}/${what}`),
      'GET',
    )
  }

  /** Whether the provider has an endpoint for revoking tokens. */
  async canRevoke(): Promise<boolean> {
    return (await this.provider()).serverMetadata().revocation_endpoint !== undefined
  }

  /** Revokes the access token (RFC 7009). Gatehouse ends the whole grant: the refresh token no longer works either. */
  async revoke(person: Person): Promise<void> {
    await oidc.tokenRevocation(await this.provider(), person.accessToken, { token_type_hint: 'access_token' })
    person.revoke()
  }

  /** Where to redirect the browser to end the session at the provider too (OpenID Connect RP-Initiated Logout). */
  async signOutLocation(person: Person): Promise<URL> {
    return oidc.buildEndSessionUrl(await this.provider(), {
      id_token_hint: person.idToken,
      post_logout_redirect_uri: this.#registration.postLogoutRedirectUri,
    })
  }
}
