import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { ExecutionContext } from 'ava'
import { type BrowserSessionsOptions, browserSessions } from 'gatehouse/backend-for-frontend'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { Browser } from '../../support/browser.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { listening, SAME_ORIGIN, stop } from './application.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
type Fault = (req: IncomingMessage, res: ServerResponse) => void

/** A provider that can do everything wrong. Its refresh tokens can be used once. */
export class FalseProvider {
  url = ''
  readonly clock = new MovingClock()
  readonly metadata: Record<string, unknown> = {}
  /** Claims of the next ID tokens that differ from correct ones; one that is undefined is left out. */
  claims: JWTPayload = {}
  nonce = ''
  /** Answers instead of the endpoint with this path. */
  readonly faults = new Map<string, Fault>()
  readonly refreshed: string[] = []
  readonly revoked: string[] = []
  /** Waits before a refresh is answered. */
  hold: Promise<void> = Promise.resolve()
  #refreshToken = 0
  #key: CryptoKey | undefined
  #other: CryptoKey | undefined

  static async start(t: Pick<ExecutionContext, 'teardown'>): Promise<FalseProvider> {
    const provider = new FalseProvider()
    const [{ privateKey, publicKey }, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
    provider.#key = privateKey
    provider.#other = other.privateKey
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
    const server = createServer((req, res) => provider.#answer(req, res, keys))
    t.teardown(() => stop(server))
    const url = await listening(server)
    provider.url = url
    Object.assign(provider.metadata, {
      ...{
        issuer: url,
        authorization_endpoint: `${url}/auth`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
      },
      ...{ revocation_endpoint: `${url}/revoke`, end_session_endpoint: `${url}/end` },
      authorization_response_iss_parameter_supported: true,
    })
    return provider
  }

  get current(): string {
    return `refresh-${this.#refreshToken}`
  }

  /** An ID token, or with another `typ` a token that looks like one. */
  sign(claims: JWTPayload, { typ = 'JWT', foreign = false } = {}): Promise<string> {
    const now = Math.floor(this.clock.now().getTime() / 1000)
    return new SignJWT({ iss: this.url, aud: 'shop', sub: 'ada', iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ })
      .sign((foreign ? this.#other : this.#key)!)
  }

  logoutToken(claims: JWTPayload = {}, { typ = 'logout+jwt', foreign = false } = {}): Promise<string> {
    return this.sign({ jti: crypto.randomUUID(), events: { [EVENT]: {} }, ...claims }, { typ, foreign })
  }

  async #answer(req: IncomingMessage, res: ServerResponse, keys: object[]): Promise<void> {
    const path = req.url ?? ''
    const fault = this.faults.get(path)
    if (fault) return fault(req, res)
    let body = ''
    for await (const chunk of req.setEncoding('utf8')) body += chunk
    const form = new URLSearchParams(body)
    const answers: Record<string, () => Promise<object>> = {
      '/.well-known/openid-configuration': async () => this.metadata,
      '/jwks': async () => ({ keys }),
      '/token': () => this.#tokens(form, res),
      '/revoke': async () => {
        this.revoked.push(form.get('token') ?? '')
        return {}
      },
    }
    const answer = (await answers[path]?.()) ?? {}
    res.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  }

  async #tokens(form: URLSearchParams, res: ServerResponse): Promise<object> {
    const isRefresh = form.get('grant_type') === 'refresh_token'
    if (isRefresh) {
      const given = form.get('refresh_token') ?? ''
      this.refreshed.push(given)
      const right = given === this.current
      if (right) this.#refreshToken += 1
      await this.hold
      if (!right) {
        res.statusCode = 400
        return { error: 'invalid_grant', error_description: 'the refresh token was used already' }
      }
    } else this.#refreshToken += 1
    return {
      access_token: `access-${this.#refreshToken}`,
      token_type: 'Bearer',
      expires_in: 600,
      refresh_token: this.current,
      id_token: await this.sign({
        sid: 'session-1',
        name: 'Ada',
        ...(!isRefresh && { nonce: this.nonce }),
        ...this.claims,
      }),
    }
  }
}

/** A server with browser sessions at the false provider: `/token` shows what the application's handlers get. */
export class FalselyServed {
  readonly provider: FalseProvider
  /** Of the application, as browsers see it. */
  readonly url: string
  /** Of this process of it. */
  readonly listening: string
  readonly logged: string[] = []
  readonly settings: BrowserSessionsOptions

  private constructor(provider: FalseProvider, address: string, options: Partial<BrowserSessionsOptions>) {
    const { url = address } = options
    this.provider = provider
    this.url = url
    this.listening = address
    const log = { warn: (text: string) => this.logged.push(text), error: (text: string) => this.logged.push(text) }
    const { url: issuer, clock } = provider
    this.settings = { issuer, clientId: 'shop', clientSecret: 'a secret', url, clock, log, ...options }
  }

  static async start(
    t: Pick<ExecutionContext, 'teardown'>,
    options: Partial<BrowserSessionsOptions> = {},
    provider?: FalseProvider,
  ): Promise<FalselyServed> {
    const server = createServer()
    t.teardown(() => stop(server))
    const address = await listening(server)
    const made = new FalselyServed(provider ?? (await FalseProvider.start(t)), address, options)
    const sessions = browserSessions(made.settings)
    server.on('request', (req, res) =>
      sessions.middleware(req, res, async () => {
        try {
          const session = await sessions.of(req)
          res.end(session === null ? 'nobody' : await session.accessToken())
        } catch (error) {
          sessions.errors(error, req, res)
        }
      }),
    )
    return made
  }

  browser(): Browser {
    return new Browser(this.url, SAME_ORIGIN)
  }

  /** Signs in, with an answer of the provider that differs from a correct one. */
  async signIn({ to = '/', answer = {}, browser = this.browser() }: SignIn = {}): Promise<Browser> {
    await browser.open(`${this.url}/auth/sign-in?${new URLSearchParams({ to })}`)
    const asked = new URL(browser.page.url || this.url).searchParams
    if (!asked.has('state')) return browser
    this.provider.nonce = asked.get('nonce') ?? ''
    const parameters = { code: 'a-code', state: asked.get('state') ?? '', iss: this.provider.url, ...answer }
    const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return browser.open(`${this.url}/auth/callback?${new URLSearchParams(given)}`)
  }
}

interface SignIn {
  to?: string
  answer?: Record<string, string | undefined>
  browser?: Browser
}
