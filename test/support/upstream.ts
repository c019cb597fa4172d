import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, type JWTPayload } from 'jose'
import type { Context } from 'koa'
import { operator } from '../../src/base/actor.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { type Fault, idToken, newSigningKey, type SigningKey, sign, userinfoToken } from './upstream-faults.ts'
import { type Addresses, type Credentials, registerAt, signInPage, upstreamProvider } from './upstream-provider.ts'

/** A person with an account there: the claims of its userinfo endpoint, of any type. */
export interface UpstreamPerson {
  sub: string
  /** Further claims of the ID token: `amr`, `acr`. */
  idToken?: Record<string, unknown>
  [claim: string]: unknown
}

interface RegisteredClient extends Credentials {
  addresses: Addresses
}

/**
 * A third party's OpenID Provider on a port of its own at 127.0.0.1, which Gatehouse can reach only with `OUTBOUND_ALLOW`
 * set to `host`. People sign in there with a form or without one; `fault` makes it do one thing wrong.
 */
export class Upstream {
  readonly #server: Server
  readonly #people = new Map<string, UpstreamPerson>()
  readonly #clients = new Map<string, RegisteredClient>()
  /** The requests it has received, oldest first: `GET /jwks`. */
  readonly asked: string[] = []
  fault: Fault | null = null
  /** The person who is signed in without a form; null to show the form. */
  atOnce: UpstreamPerson | null = null
  /** Values that replace those of its discovery document. */
  metadata: Record<string, unknown> = {}
  /** The address that forged keys and redirects point to. */
  evil = 'http://127.0.0.1:9'
  #key: SigningKey

  private constructor(server: Server, key: SigningKey) {
    this.#server = server
    this.#key = key
  }

  static async start({ port = 0 }: { port?: number } = {}): Promise<Upstream> {
    const server = createServer()
    const upstream = new Upstream(server, await newSigningKey('first'))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const provider = upstreamProvider(upstream.url, { people: upstream.#people, jwk: upstream.#key.privateJwk })
    provider.use((ctx, next) => upstream.#misbehave(ctx, next))
    provider.use(signInPage(provider, { atOnce: () => upstream.atOnce }))
    server.on('request', provider.callback())
    return upstream
  }

  /** The issuer. */
  get url(): string {
    return `http://${this.host}`
  }

  /** For `OUTBOUND_ALLOW`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Adds a person, or changes their claims. */
  person(claims: UpstreamPerson): UpstreamPerson {
    this.#people.set(claims.sub, claims)
    return claims
  }

  /** Registers a Gatehouse here as a client, and this provider there. */
  async connect(
    { app }: Pick<Gatehouse, 'app'>,
    definition: Partial<ProviderDefinition> = {},
  ): Promise<IdentityProvider> {
    const name = definition.name ?? 'example'
    const client = await this.admit(name, app.upstreamClient.clientUris({ name }))
    const made: ProviderDefinition = {
      kind: 'oidc',
      name,
      title: 'Example Upstream',
      issuer: this.url,
      clientId: client.client_id,
      secret: client.client_secret,
      ...definition,
    }
    return app.scope(() => app.identityProviders.register(made, { by: operator }))
  }

  /** Registers a Gatehouse here as a client. */
  async admit(name: string, addresses: Addresses): Promise<RegisteredClient> {
    const client = { ...(await registerAt(this.url, addresses)), addresses }
    this.#clients.set(name, client)
    return client
  }

  /**
   * Signs a person in there, from the address they are sent to.
   * @returns where the browser is sent back to
   */
  async visit(
    address: string | URL,
    { as = null, cancel = false }: { as?: UpstreamPerson | null; cancel?: boolean } = {},
    browser = new Browser(this.url),
  ): Promise<string> {
    await browser.open(String(address))
    if (browser.page.url.startsWith(this.url) && browser.document.querySelector('[name="sub"]'))
      await (cancel ? browser.submit({ cancel: 'yes' }) : browser.submit({ sub: as?.sub ?? '' }))
    if (browser.page.url.startsWith(this.url)) throw new Error(`still at the provider: ${browser.text.slice(0, 300)}`)
    return browser.page.url
  }

  /** Signs out there, from the address that a browser is sent to; the browser must have signed in there. */
  async signOut(address: string | URL, browser: Browser): Promise<string> {
    await browser.open(String(address))
    await browser.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
    return browser.page.url
  }

  /** Takes a browser that was redirected here, or is on a page with a link here, through the sign-in and back. */
  async through(browser: Browser, way: { as?: UpstreamPerson | null; cancel?: boolean } = {}): Promise<Browser> {
    const link = browser.document.querySelector(`a[href^="${this.url}"]`)?.getAttribute('href')
    const address = browser.page.url.startsWith(this.url) ? browser.page.url : link
    if (!address) throw new Error(`no link to ${this.url} on: ${browser.text.slice(0, 300)}`)
    return browser.open(await this.visit(address, way))
  }

  /** From now on its ID tokens are signed with another key, and only that one is published. */
  async rotateKeys(): Promise<void> {
    this.#key = await newSigningKey(`rotated-${this.asked.length}`)
  }

  /** A logout token for the Gatehouse with this client ID; a claim that is `undefined` is left out. */
  logoutToken(name: string, claims: JWTPayload, header: { typ?: string } = { typ: 'logout+jwt' }): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const usual = {
      iss: this.url,
      aud: this.#clients.get(name)!.client_id,
      iat: now,
      exp: now + 120,
      jti: crypto.randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    }
    return sign({ ...usual, ...claims }, this.#key.privateKey, { kid: this.#key.publicJwk.kid, ...header })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #misbehave(ctx: Context, next: () => Promise<void>): Promise<void> {
    this.asked.push(`${ctx.method} ${ctx.path}`)
    const endpoint = ctx.path === '/token' ? 'token' : ctx.path === '/me' ? 'userinfo' : null
    if (endpoint && this.fault === `silent ${endpoint}`) {
      ctx.respond = false
      return
    }
    if (endpoint && this.fault === `failing ${endpoint}`) {
      ctx.status = 503
      return
    }
    if (endpoint && this.fault === `forbidden ${endpoint}`) {
      ctx.status = 403
      return
    }
    if (endpoint && this.fault === `redirecting ${endpoint}`) return ctx.redirect(`${this.evil}/userinfo`)
    await next()
    if (ctx.path === '/jwks') ctx.body = { keys: [this.#key.publicJwk] }
    if (ctx.status !== 200) return
    if (ctx.path.startsWith('/.well-known/')) ctx.body = { ...(ctx.body as object), ...this.metadata }
    if (endpoint === 'token') await this.#changeToken(ctx)
    if (endpoint === 'userinfo') await this.#changeUserinfo(ctx)
  }

  async #changeToken(ctx: Context): Promise<void> {
    const answer = ctx.body as { id_token?: string }
    if (!answer.id_token) return
    const claims = decodeJwt(answer.id_token)
    const changed = { ...claims, ...this.#people.get(claims.sub ?? '')?.idToken }
    const secret = [...this.#clients.values()].find(({ client_id }) => client_id === claims.aud)?.client_secret ?? ''
    const token = await idToken(changed, this.#key, { fault: this.fault, evil: this.evil, secret })
    ctx.body = { ...answer, id_token: this.fault === 'no id token' ? undefined : token }
  }

  async #changeUserinfo(ctx: Context): Promise<void> {
    const claims = this.#claimsOf(ctx.body as UpstreamPerson)
    const aud = [...this.#clients.values()].at(-1)?.client_id ?? ''
    const token = await userinfoToken({ iss: this.url, aud, ...claims }, this.#key, this.fault)
    ctx.body = token ?? claims
    if (token) ctx.type = 'application/jwt'
  }

  #claimsOf(body: UpstreamPerson): Record<string, unknown> {
    const { idToken: _beside, ...claims } = { ...body, ...this.#people.get(body.sub) }
    if (this.fault === 'other subject in userinfo') return { ...claims, sub: 'somebody-else' }
    if (this.fault === 'huge userinfo') return { ...claims, nickname: 'x'.repeat(1024 * 1024) }
    return claims
  }
}
