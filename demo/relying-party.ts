/**
 * OpenID Connect as an application uses it, all by openid-client: discovery, authorization code with PKCE, refresh,
 * userinfo, calling an API, and signing out. It keeps no session of its own; what it is given and gives is a `Person`.
 */
import * as oidc from 'openid-client'
import { Person } from './person.ts'
import type { Stronger } from './stronger.ts'

/** The scope the demo's API asks for. */
export const API_SCOPE = 'demo:read'
/** What it wants to know of the person. */
const PERSON_SCOPE = 'openid profile email roles'

/** What must be remembered, in the browser's session, from leaving for the provider until coming back. */
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
  /** The API's name, as the provider knows it (RFC 8707). */
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

  /** The provider's metadata: asked for when first needed, kept when it came, asked for again when it did not. */
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
    // openid-client speaks https only. Plain http is for a provider on one's own machine, and has to be asked for.
    if (server.protocol === 'http:') execute.push(oidc.allowInsecureRequests)
    return oidc.discovery(server, clientId, clientSecret, oidc.ClientSecretBasic(clientSecret), { execute })
  }

  /**
   * Where to send the browser, and what to remember until it returns. Fresh secrets each time. `stronger`: who is signed
   * in already proves more, and agrees to nothing new.
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
      // When and how the person proved who they are; providers say so when asked (section 5.5).
      claims: JSON.stringify({ id_token: { auth_time: { essential: true }, acr: null, amr: null } }),
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    return { location, checks }
  }

  /** Redeems the code that the browser came back with. `returned` is the callback's whole address. */
  async finish(returned: URL, checks: SignInChecks): Promise<Person> {
    const { resource } = this.#registration
    // One access token has one audience: naming the resource makes this one a JWT for our API.
    const tokens = await oidc.authorizationCodeGrant(await this.provider(), returned, checks, { resource })
    const person = new Person(tokens)
    await this.#learn(person)
    return person
  }

  /** Fresh tokens. Two requests at once share one refresh: the second use of one refresh token can look like theft. */
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

  /** Userinfo is the provider's own API: it takes a second token, of narrower scope and for no resource of ours. */
  async #learn(person: Person) {
    if (person.refreshToken == null) return
    const provider = await this.provider()
    const tokens = await oidc.refreshTokenGrant(provider, person.refreshToken, { scope: PERSON_SCOPE })
    person.rotate(tokens)
    person.userinfo = await oidc.fetchUserInfo(provider, tokens.access_token, person.claims.sub)
  }

  /** Calls the API over HTTP, renewing the access token first where it is about to end. */
  async callApi(what: string, person: Person): Promise<Response> {
    if (person.expiresWithin(30) && person.refreshToken != null) await this.renew(person)
    return oidc.fetchProtectedResource(
      await this.provider(),
      person.accessToken,
      new URL(`${this.#registration.api}/${what}`),
      'GET',
    )
  }

  /** Where to send the browser so that the provider's session ends too (OpenID Connect RP-Initiated Logout). */
  async signOutLocation(person: Person): Promise<URL> {
    return oidc.buildEndSessionUrl(await this.provider(), {
      id_token_hint: person.idToken,
      post_logout_redirect_uri: this.#registration.postLogoutRedirectUri,
    })
  }
}
