import * as client from 'openid-client'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import type { Person } from './people.ts'

export interface Begun {
  url: URL
  state: string
  nonce: string
  verifier: string
}

export const CALLBACK = 'https://app.example.org/callback'

/** An application that knows only the issuer of Gatehouse, and uses openid-client. */
export class RelyingParty {
  readonly gatehouse: Gatehouse
  readonly id: string
  readonly secret: string | null
  readonly configuration: client.Configuration

  constructor(gatehouse: Gatehouse, id: string, secret: string | null, configuration: client.Configuration) {
    this.gatehouse = gatehouse
    this.id = id
    this.secret = secret
    this.configuration = configuration
  }

  static async register(gatehouse: Gatehouse, registration: Partial<ClientRegistration> = {}): Promise<RelyingParty> {
    const { app, url } = gatehouse
    const profile = registration.profile ?? 'web'
    const made = await app.scope(() =>
      app.clients.register(
        { name: 'Example', profile, redirectUris: profile === 'machine' ? [] : [CALLBACK], ...registration },
        { by: operator },
      ),
    )
    const authentication = made.secret ? client.ClientSecretBasic(made.secret) : client.None()
    const configuration = await client.discovery(new URL(url), made.client.id, {}, authentication, {
      execute: [client.allowInsecureRequests],
    })
    return new RelyingParty(gatehouse, made.client.id, made.secret, configuration)
  }

  /** A valid authorization request, with PKCE, state and nonce. */
  async begin(parameters: Record<string, string> = {}): Promise<Begun> {
    const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
    const url = client.buildAuthorizationUrl(this.configuration, {
      redirect_uri: CALLBACK,
      scope: 'openid profile email roles',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    return { url, state, nonce, verifier }
  }

  /** Goes through sign-in and consent where they are shown. @returns the browser, redirected to the application */
  async visit(begun: Begun, person: Person, browser = new Browser(this.gatehouse.url)): Promise<Browser> {
    await browser.open(begun.url.href)
    if (browser.document.querySelector('[name="password"]'))
      await browser.submit({ email: person.email, password: person.password })
    if (person.code && browser.document.querySelector('[name="code"]')) await browser.submit({ code: person.code() })
    if (browser.document.querySelector('[name="decision"]')) await browser.submit({ decision: 'allow' })
    return browser
  }

  /** Redeems the code in the address of the browser. */
  redeem(begun: Begun, browser: Browser, parameters: Record<string, string> = {}) {
    return client.authorizationCodeGrant(
      this.configuration,
      new URL(browser.page.url),
      { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce },
      parameters,
    )
  }

  /** A whole sign-in, from the authorization request to the tokens. */
  async signIn(person: Person, parameters: Record<string, string> = {}, browser = new Browser(this.gatehouse.url)) {
    const begun = await this.begin(parameters)
    await this.visit(begun, person, browser)
    return { browser, begun, tokens: await this.redeem(begun, browser) }
  }

  /** The same, with a refresh token. */
  signInToStay(person: Person, browser?: Browser) {
    return this.signIn(person, { scope: 'openid profile email roles offline_access', prompt: 'consent' }, browser)
  }

  refresh(refreshToken: string, parameters: Record<string, string> = {}) {
    return client.refreshTokenGrant(this.configuration, refreshToken, parameters)
  }

  userinfo(accessToken: string, sub: string) {
    return client.fetchUserInfo(this.configuration, accessToken, sub)
  }

  /** A request to an endpoint with the client's credentials; returns the response unchanged. */
  async post(
    path: string,
    body: Record<string, string> | [string, string][],
    { headers = {}, at = this.gatehouse.url }: { headers?: Record<string, string>; at?: string } = {},
  ) {
    const authorization = this.secret
      ? { authorization: `Basic ${Buffer.from(`${this.id}:${this.secret}`).toString('base64')}` }
      : {}
    const publicId: [string, string][] = this.secret ? [] : [['client_id', this.id]]
    const entries = Array.isArray(body) ? body : Object.entries(body)
    const response = await fetch(`${at}${path}`, {
      method: 'POST',
      body: new URLSearchParams([...publicId, ...entries]),
      headers: { ...authorization, ...headers },
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
}
