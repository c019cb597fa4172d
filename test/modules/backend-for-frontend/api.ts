import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { ExecutionContext } from 'ava'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Gatehouse } from '../../support/gatehouse.ts'
import { listening, stop } from './application.ts'

interface Called {
  method: string
  url: string
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  claims: JWTPayload
  body: string
}

/** An API that takes access tokens of Gatehouse, and says what it was called with. */
export class Api {
  readonly url: string
  readonly resource: string
  readonly scope = 'orders:read'
  readonly calls: Called[] = []
  /** Answers instead of the usual JSON. */
  answer: ((req: IncomingMessage, res: ServerResponse) => void) | undefined
  readonly #server: Server

  private constructor(url: string, server: Server) {
    this.url = url
    this.resource = `${url}/`
    this.#server = server
  }

  static async start(t: Pick<ExecutionContext, 'teardown'>, gatehouse: Gatehouse): Promise<Api> {
    const server = createServer()
    t.teardown(() => stop(server))
    const api = new Api(await listening(server), server)
    const keys = createRemoteJWKSet(new URL(`${gatehouse.url}/jwks`))
    api.#server.on('request', async (req, res) => {
      try {
        const token = req.headers.authorization?.replace(/^Bearer /, '') ?? ''
        const { payload } = await jwtVerify(token, keys, {
          audience: api.resource,
          typ: 'at+jwt',
          clockTolerance: '1d',
        })
        if (api.answer) return api.answer(req, res)
        let body = ''
        for await (const chunk of req.setEncoding('utf8')) body += chunk
        const { method = '', url = '', headers, rawHeaders } = req
        api.calls.push({ method, url, headers, rawHeaders, claims: payload, body })
        res.setHeader('content-type', 'application/json')
        res.end(JSON.stringify({ sub: payload.sub, url, length: body.length }))
      } catch (error) {
        res.writeHead(401).end(String(error))
      }
    })
    return api
  }

  get last(): Called {
    return this.calls.at(-1)!
  }
}
