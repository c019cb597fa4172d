import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { Endpoints } from '../../src/federation/providers/preset.ts'
import type { Shape, ShapeAnswer, ShapeRequest } from './oauth2-shape.ts'
import { SHAPES } from './oauth2-shapes.ts'
import { bodyOf } from './upstream-provider.ts'

const CODE = 'the-code'

/**
 * A provider of plain OAuth 2.0 on a port of its own that answers like a well-known one. Every visitor is signed in; codes
 * are redeemed only with the right PKCE verifier.
 */
export class ShapedUpstream {
  readonly #server: Server
  readonly #shape: Shape
  readonly kind: keyof typeof SHAPES
  readonly client = { id: 'gatehouse', secret: 'the-client-secret' }
  /** Answers of endpoints, in place of the documented ones. */
  readonly instead: Partial<Record<keyof Endpoints, ShapeAnswer>> = {}
  readonly asked: ShapeRequest[] = []
  #challenge = ''

  private constructor(kind: keyof typeof SHAPES, server: Server) {
    this.kind = kind
    this.#shape = SHAPES[kind]
    this.#server = server
  }

  static async start(kind: keyof typeof SHAPES): Promise<ShapedUpstream> {
    const server = createServer()
    const upstream = new ShapedUpstream(kind, server)
    server.on('request', async (incoming, response) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '', upstream.url)
      const posted = new URLSearchParams(await bodyOf(incoming))
      const fields = new URLSearchParams([...searchParams, ...posted])
      const request = { method: incoming.method ?? '', path: pathname, headers: incoming.headers, fields }
      upstream.asked.push(request)
      if (pathname === upstream.#shape.paths.authorization) {
        response.writeHead(302, { location: upstream.visit(new URL(incoming.url ?? '', upstream.url)) }).end()
        return
      }
      const { status = 200, body } = upstream.#answer(request)
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return upstream
  }

  get url(): string {
    return `http://${this.host}`
  }

  /** For `OUTBOUND_ALLOW`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The preset, with the addresses of this server. */
  definition(changes: Partial<ProviderDefinition> = {}): ProviderDefinition {
    const at = Object.entries(this.#shape.paths).map(([name, path]) => [name, path && this.url + path])
    const endpoints = Object.fromEntries(at.filter(([, address]) => address)) as Endpoints
    return { kind: this.kind, endpoints, clientId: this.client.id, secret: this.client.secret, ...changes }
  }

  /** Signs a person in there. @returns where the browser is sent back to */
  visit(address: string | URL, { cancel = false } = {}): string {
    const { searchParams: query } = new URL(address)
    const method = query.get('code_challenge_method')
    if (method !== (this.#shape.challengeMethod ?? 'S256')) throw new Error(`unknown PKCE method: ${method}`)
    this.#challenge = query.get('code_challenge') ?? ''
    const back = new URL(query.get('redirect_uri') ?? '')
    const parameters = cancel ? { error: 'access_denied' } : { code: CODE, ...this.#shape.beside }
    for (const [name, value] of Object.entries({ ...parameters, state: query.get('state') ?? '' }))
      back.searchParams.set(name, value)
    return back.href
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #answer(request: ShapeRequest): ShapeAnswer {
    const { paths, token, userinfo, emails } = this.#shape
    const endpoint = (['token', 'userinfo', 'emails'] as const).find(each => paths[each].split('?')[0] === request.path)
    if (!endpoint) return { status: 404, body: { message: 'Not Found' } }
    const instead = this.instead[endpoint]
    if (instead) return instead
    if (endpoint === 'userinfo') return userinfo(request, this.client)
    if (endpoint === 'emails') return emails?.(request) ?? { status: 404, body: {} }
    const { fields } = request
    const verified = hash('sha256', fields.get('code_verifier') ?? '', 'base64url') === this.#challenge
    const valid = fields.get('grant_type') === 'authorization_code' && fields.get('code') === CODE && verified
    return valid ? token(request, this.client) : { status: 400, body: { error: 'invalid_grant' } }
  }
}
