import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { makePerson, type Person } from './people.ts'
import { RelyingParty } from './relying-party.ts'

export const SCOPE = 'openid offline_access account'

/** Every route, with a body that it accepts. */
export const OPERATIONS: { method: string; path: string; body?: object; recent?: true; scope?: string }[] = [
  { method: 'GET', path: '/me' },
  { method: 'PATCH', path: '/me', body: { profile: { nickname: 'A' } } },
  { method: 'PUT', path: '/me/password', body: { current: 'a', next: 'b' }, recent: true },
  { method: 'DELETE', path: '/me/password', recent: true },
  { method: 'GET', path: '/me/passkeys' },
  { method: 'POST', path: '/me/passkeys/challenges', body: {}, recent: true },
  { method: 'POST', path: '/me/passkeys', body: { challenge_token: 'a', response: {} }, recent: true },
  { method: 'PATCH', path: '/me/passkeys/any', body: { name: 'a' }, recent: true },
  { method: 'DELETE', path: '/me/passkeys/any', recent: true },
  { method: 'GET', path: '/me/identities' },
  { method: 'DELETE', path: '/me/identities/any', recent: true },
  { method: 'GET', path: '/me/identities/any/tokens', scope: 'upstream_tokens' },
  { method: 'POST', path: '/me/email-change', body: { email: 'new@example.org' }, recent: true },
  { method: 'POST', path: '/me/verification', body: {} },
  { method: 'GET', path: '/me/factors' },
  { method: 'POST', path: '/me/factors/totp/proposals', body: {}, recent: true },
  { method: 'PUT', path: '/me/factors/totp', body: { proposal: 'a', code: '123456' }, recent: true },
  { method: 'DELETE', path: '/me/factors/totp', recent: true },
  { method: 'POST', path: '/me/factors/recovery-codes', body: {}, recent: true },
  { method: 'DELETE', path: '/me/factors/trusted-browsers/any', recent: true },
  { method: 'DELETE', path: '/me/factors/trusted-browsers', recent: true },
  { method: 'DELETE', path: '/me/factors/reset', recent: true },
  { method: 'GET', path: '/me/sessions' },
  { method: 'DELETE', path: '/me/sessions/any' },
  { method: 'DELETE', path: '/me/sessions' },
  { method: 'GET', path: '/me/history' },
  { method: 'GET', path: '/me/applications' },
  { method: 'DELETE', path: '/me/applications/any' },
  { method: 'GET', path: '/me/export', recent: true },
  { method: 'PUT', path: '/me/deletion', recent: true },
  { method: 'DELETE', path: '/me/deletion' },
]

export interface Answer {
  status: number
  headers: Headers
  /** The body, parsed as JSON; null where there is none. */
  body: ReturnType<typeof JSON.parse>
}

export interface Sent {
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
}

/** A first-party application that uses the account API. */
export class AccountApplication {
  readonly rp: RelyingParty
  readonly #url: string

  constructor(rp: RelyingParty) {
    this.rp = rp
    this.#url = `${rp.gatehouse.url}/api/v1`
  }

  static async register(
    gatehouse: Gatehouse,
    registration: Partial<ClientRegistration> = {},
  ): Promise<AccountApplication> {
    const scopes = [...SCOPE.split(' '), 'email']
    return new AccountApplication(await RelyingParty.register(gatehouse, { scopes, ...registration }))
  }

  /** A person signs in to it and lets it manage their account. */
  async signIn(person?: Person, browser?: Browser): Promise<AccountClient> {
    const { gatehouse } = this.rp
    const who = person ?? (await makePerson(gatehouse))
    const used = browser ?? new Browser(gatehouse.url, { 'user-agent': FIREFOX })
    const { tokens } = await this.rp.signIn(who, { scope: SCOPE, prompt: 'consent' }, used)
    return new AccountClient(this, who, used, tokens)
  }

  async send(method: string, path: string, { token, body, headers = {} }: Sent = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null }
  }
}

/** The account API with the token of one person. */
export class AccountClient {
  readonly application: AccountApplication
  readonly person: Person
  readonly browser: Browser
  readonly tokens: { access_token: string; refresh_token?: string; id_token?: string }

  constructor(
    application: AccountApplication,
    person: Person,
    browser: Browser,
    tokens: { access_token: string; refresh_token?: string; id_token?: string },
  ) {
    this.application = application
    this.person = person
    this.browser = browser
    this.tokens = tokens
  }

  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.application.send(method, path, { token: this.tokens.access_token, body, ...(headers && { headers }) })
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path)
  }
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
