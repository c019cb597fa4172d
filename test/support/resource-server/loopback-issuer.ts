import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'
import { type KeyPair, newKeyPair } from '../assertions.ts'
import { SteppingClock } from './stepping-clock.ts'

export const AUDIENCE = 'https://api.example.org/v1'

interface Signed {
  header?: Record<string, unknown>
  key?: KeyPair
}

/** An issuer on loopback, for faults and hostile answers that the real one can't be made to give. */
export class LoopbackIssuer {
  readonly clock = new SteppingClock()
  /** How often each path was requested. */
  readonly requests = new Map<string, number>()
  /** Answers instead of the usual ones. */
  readonly answers = new Map<string, RequestListener>()
  /** What introspection says about tokens. */
  readonly opaque = new Map<string, object>()
  /** The queries of the requests for the list. */
  readonly asked: string[] = []
  keys: KeyPair[] = []
  hasList = true
  pageSize = 65_536
  /** Whether connections are closed without an answer. */
  away = false
  readonly #server: Server
  #list: Buffer[] = []
  readonly #waiting = new Set<() => void>()

  private constructor() {
    this.#server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => this.#answer(request, response))
  }

  static async start(): Promise<LoopbackIssuer> {
    const issuer = new LoopbackIssuer()
    issuer.keys = [await newKeyPair()]
    issuer.#server.listen(0, '127.0.0.1')
    await once(issuer.#server, 'listening')
    return issuer
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  /** Requests for the list that wait for something new. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** An access token; a claim that is `undefined` is left out. */
  token(claims: JWTPayload = {}, signed: Signed = {}): Promise<string> {
    const now = this.clock.epoch
    const usual = {
      iss: this.url,
      aud: AUDIENCE,
      sub: 'ada',
      client_id: 'app',
      jti: randomUUID(),
      scope: 'orders:read',
    }
    return this.sign({ ...usual, iat: now, exp: now + 600, ...claims }, signed)
  }

  sign(claims: JWTPayload, { header = {}, key = this.keys[0]! }: Signed = {}): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: String(key.jwk.alg), kid: String(key.jwk.kid), typ: 'at+jwt', ...header })
      .sign(key.privateKey, { crit: { odd: true } })
  }

  /** Puts IDs, or keys themselves, on the list. @param until epoch seconds */
  revoke(ids: (string | Buffer)[], until = this.clock.epoch + 600): void {
    for (const id of ids) {
      const record = Buffer.alloc(20)
      const key = typeof id === 'string' ? createHash('sha256').update(id).digest() : id
      key.copy(record, 0, 0, 16)
      record.writeUInt32BE(until, 16)
      this.#list.push(record)
    }
    this.endWaiting()
  }

  /** The database as it was when the list had so many entries, and what was put on it since. */
  restore(entries: number, ids: string[]): void {
    this.#list = this.#list.slice(0, entries)
    this.revoke(ids)
  }

  /** Answers all requests for the list that wait. */
  endWaiting(): void {
    for (const answer of this.#waiting) answer()
  }

  /** Ends all connections, and accepts no new ones until `away` is false again. */
  leave(): void {
    this.away = true
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(...[request, response]: Parameters<RequestListener>): unknown {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url)
    this.requests.set(pathname, (this.requests.get(pathname) ?? 0) + 1)
    if (this.away) return request.socket.destroy()
    const other = this.answers.get(pathname)
    if (other) return other(request, response)
    if (pathname === '/.well-known/openid-configuration') return response.end(JSON.stringify(this.metadata()))
    if (pathname === '/jwks') return response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }))
    if (pathname === '/introspection') return void this.#introspect(request, response)
    if (pathname === '/revocations') return this.#wait(searchParams, response)
    response.writeHead(404).end()
  }

  metadata(): Record<string, unknown> {
    return {
      issuer: this.url,
      jwks_uri: `${this.url}/jwks`,
      introspection_endpoint: `${this.url}/introspection`,
      ...(this.hasList && { access_token_revocations_uri: `${this.url}/revocations` }),
    }
  }

  async #introspect(...[request, response]: Parameters<RequestListener>): Promise<void> {
    const chunks = await request.toArray()
    const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? ''
    if (request.headers.authorization !== `Basic ${btoa('api%3A1:a+secret%2B')}`) response.writeHead(401).end()
    else response.end(JSON.stringify(this.opaque.get(token) ?? { active: false }))
  }

  #wait(query: URLSearchParams, response: ServerResponse): void {
    this.asked.push(query.toString())
    const after = Number(query.get('after') ?? 0)
    const nothing = after === this.#list.length && query.has('wait')
    if (!nothing) return void this.page(after, response)
    const answer = () => {
      this.#waiting.delete(answer)
      void this.page(after, response)
    }
    this.#waiting.add(answer)
    response.on('close', () => this.#waiting.delete(answer))
  }

  /** Answers with the page after a position, with some of its claims replaced. */
  async page(after: number, response: ServerResponse, claims: JWTPayload = {}, signed: Signed = {}): Promise<void> {
    const end = Math.min(after + this.pageSize, this.#list.length)
    const entries = Buffer.concat(this.#list.slice(after, end)).toString('base64url')
    const page = { iss: this.url, iat: this.clock.epoch, after, position: end, more: end < this.#list.length, entries }
    const typ = 'token-revocations+jwt'
    const jws = await this.sign({ ...page, ...claims }, { ...signed, header: { typ, ...signed.header } })
    response.writeHead(200, { 'content-type': 'application/token-revocations+jwt' }).end(jws)
  }
}
