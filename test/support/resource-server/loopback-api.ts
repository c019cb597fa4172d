import type { ExecutionContext } from 'ava'
import * as http from 'gatehouse/resource-server'
import { freePort } from '../programs.ts'
import { AUDIENCE, LoopbackIssuer } from './loopback-issuer.ts'
import { listening } from './subjects.ts'

export interface Call {
  scheme?: string
  path?: string
  method?: string
  dpop?: string | undefined
}

/** What the API answered. */
export interface Called {
  status: number
  headers: Headers
  challenge: string
  error: string | undefined
  description: string | undefined
  body: Record<string, unknown>
}

export interface LoopbackApi {
  issuer: LoopbackIssuer
  api: http.HttpProtection
  /** The lines for the operator. */
  logged: string[]
  call(token: string, call?: Call): Promise<Called>
  /** The time of the API and its issuer. */
  advance(seconds: number): void
}

/** An API on plain node:http, with an issuer of its own unless one is given. */
export async function startApi(
  t: Pick<ExecutionContext, 'teardown'>,
  options: Partial<http.ProtectOptions> = {},
  known?: LoopbackIssuer,
): Promise<LoopbackApi> {
  const issuer = known ?? (await LoopbackIssuer.start())
  const port = await freePort()
  const logged: string[] = []
  const api = http.protect({
    issuer: issuer.url,
    audience: AUDIENCE,
    clock: issuer.clock,
    log: message => logged.push(message),
    timeout: 120,
    ...options,
  })
  const answer = api.handler((req, res) => {
    res.end(JSON.stringify({ subject: req.access.subject, scopes: [...req.access.scopes], claims: req.access.claims }))
  })
  const { stop } = await listening(answer, port)
  t.teardown(async () => {
    api.close()
    await stop()
    if (!known) await issuer.stop()
  })
  return {
    issuer,
    api,
    logged,
    advance: seconds => issuer.clock.advance(seconds),
    async call(token, { scheme = 'Bearer', path = '/v1/orders', method = 'GET', dpop } = {}) {
      const headers = { authorization: `${scheme} ${token}`, ...(dpop !== undefined && { dpop }) }
      const response = await fetch(`http://localhost:${port}${path}`, { method, headers })
      const body = (await response.json()) as Record<string, unknown>
      const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined)
      return {
        status: response.status,
        headers: response.headers,
        challenge: response.headers.get('www-authenticate') ?? '',
        error: text('error'),
        description: text('error_description'),
        body,
      }
    },
  }
}
