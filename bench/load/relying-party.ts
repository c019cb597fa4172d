/**
 * An application on one connection: it sends authorization requests, signs in through the forms it is shown, exchanges
 * codes and refreshes. Every answer is checked; a wrong one ends the run.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Fixture } from '../fixture.ts'
import type { Answer, Connection } from './connection.ts'
import { type Form, formsOf } from './form.ts'

export interface Endpoints {
  authorization_endpoint: string
  token_endpoint: string
  userinfo_endpoint: string
  introspection_endpoint: string
  revocation_endpoint: string
  jwks_uri: string
}

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token: string
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

export class RelyingParty {
  readonly connection: Connection
  readonly fixture: Fixture
  readonly endpoints: Endpoints
  readonly #webAuth: string
  readonly #machineAuth: string

  constructor(connection: Connection, fixture: Fixture, endpoints: Endpoints) {
    this.connection = connection
    this.fixture = fixture
    this.endpoints = endpoints
    this.#webAuth = basic(fixture.web)
    this.#machineAuth = basic(fixture.machine)
  }

  /** An authorization request; `resource: false` requests an opaque access token for userinfo. */
  authorization({ resource = true, prompt = '' } = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      client_id: this.fixture.web.id,
      redirect_uri: this.fixture.web.redirectUri,
      response_type: 'code',
      scope: this.fixture.scope,
      state: randomBytes(12).toString('base64url'),
      nonce: randomBytes(12).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    if (resource) query.set('resource', this.fixture.resource)
    if (prompt) query.set('prompt', prompt)
    return { verifier, path: `${this.endpoints.authorization_endpoint}?${query}` }
  }

  open(path: string) {
    return this.connection.ask({ method: 'GET', path, cookies: true })
  }

  /** The code in an answer that redirects to the application. */
  code(answer: Answer) {
    const location = answer.headers.location
    const code =
      typeof location === 'string' && location.startsWith(this.fixture.web.redirectUri)
        ? new URL(location).searchParams.get('code')
        : null
    if (code == null) throw wrong('a redirect with a code', answer)
    return code
  }

  /** Follows redirects and fills in forms until the browser is redirected with a code. */
  async signIn(path: string, account: { email: string; password: string }) {
    let answer = await this.open(path)
    for (let step = 0; step < 12; step += 1) {
      const location = answer.headers.location
      const [, onward] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(answer.body) ?? []
      if (onward) answer = await this.open(new URL(onward, this.connection.origin).href)
      else if (answer.status === 200) answer = await this.#submit(answer, account)
      else if (typeof location !== 'string') throw wrong('a page or a redirect', answer)
      else if (location.startsWith(this.fixture.web.redirectUri)) return this.code(answer)
      else answer = await this.open(new URL(location, this.connection.origin).href)
    }
    throw wrong('the end of the sign-in', answer)
  }

  async exchange(code: string, verifier: string) {
    const { redirectUri } = this.fixture.web
    const body = `grant_type=authorization_code&code=${code}&code_verifier=${verifier}&redirect_uri=${encodeURIComponent(redirectUri)}`
    return this.#token(this.#webAuth, body)
  }

  async refresh(refreshToken: string) {
    return this.#token(this.#webAuth, `grant_type=refresh_token&refresh_token=${refreshToken}`)
  }

  async clientCredentials() {
    const { resource, resourceScope } = this.fixture
    const body = `grant_type=client_credentials&resource=${encodeURIComponent(resource)}&scope=${encodeURIComponent(resourceScope)}`
    return this.#token(this.#machineAuth, body)
  }

  async userinfo(accessToken: string) {
    const headers = { authorization: `Bearer ${accessToken}` }
    const answer = await this.connection.ask({ method: 'GET', path: this.endpoints.userinfo_endpoint, headers })
    if (answer.status !== 200 || !answer.body.includes('"sub"')) throw wrong('claims', answer)
  }

  async introspect(token: string) {
    const answer = await this.#aboutToken(this.endpoints.introspection_endpoint, token)
    if (answer.status !== 200 || !answer.body.includes('"active":true')) throw wrong('an active token', answer)
  }

  async active(token: string): Promise<boolean> {
    const answer = await this.#aboutToken(this.endpoints.introspection_endpoint, token)
    if (answer.status !== 200) throw wrong('an introspection response', answer)
    return JSON.parse(answer.body).active
  }

  async revoke(token: string) {
    const answer = await this.#aboutToken(this.endpoints.revocation_endpoint, token)
    if (answer.status !== 200) throw wrong('a revocation', answer)
  }

  async get(path: string, expected: string) {
    const answer = await this.connection.ask({ method: 'GET', path })
    if (answer.status !== 200 || !answer.body.includes(expected)) throw wrong(expected, answer)
  }

  #aboutToken(path: string, token: string) {
    const headers = { ...form, authorization: this.#webAuth }
    return this.connection.ask({ method: 'POST', path, headers, body: `token=${token}` })
  }

  async #token(authorization: string, body: string): Promise<Tokens> {
    const headers = { ...form, authorization }
    const answer = await this.connection.ask({ method: 'POST', path: this.endpoints.token_endpoint, headers, body })
    if (answer.status !== 200) throw wrong('tokens', answer)
    return JSON.parse(answer.body)
  }

  /** Fills in a form and submits it, as a browser does. */
  send(chosen: Form, { email, password }: { email: string; password: string }) {
    if (chosen.login) chosen.fields.set(chosen.login, email)
    if (chosen.password) chosen.fields.set(chosen.password, password)
    const headers = { ...form, origin: this.connection.origin, 'sec-fetch-site': 'same-origin' }
    const path = new URL(chosen.action, this.connection.origin).href
    return this.connection.ask({ method: 'POST', path, headers, body: chosen.fields.toString(), cookies: true })
  }

  /** Submits the form of the page that asks for a password, or else the first form, such as consent. */
  async #submit(page: Answer, account: { email: string; password: string }) {
    const forms = formsOf(page.body)
    const chosen =
      forms.find(candidate => candidate.password) ?? forms.find(candidate => candidate.action.includes('consent'))
    if (!chosen) throw wrong('a form', page)
    const answer = await this.send(chosen, account)
    if (![200, 302, 303].includes(answer.status)) throw wrong('a page or redirect after the form', answer)
    return answer
  }
}

function basic({ id, secret }: { id: string; secret: string }) {
  const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

export class WrongAnswer extends Error {
  readonly answer: Answer

  constructor(expected: string, answer: Answer) {
    const { status, headers, body } = answer
    super(`expected ${expected}, got ${status} ${headers.location ?? ''} ${body.slice(0, 600)}`)
    this.answer = answer
  }
}

export function wrong(expected: string, answer: Answer) {
  return new WrongAnswer(expected, answer)
}
