import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

/** Parts of the OpenAPI 3.1 documents. */

export const SCHEME = 'gatehouse'

/** How access tokens are obtained: by OpenID Connect. */
export function securityScheme(issuer: string) {
  return { [SCHEME]: { type: 'openIdConnect', openIdConnectUrl: `${issuer}/.well-known/openid-configuration` } }
}

const WAIT = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }
const CHALLENGE = {
  'WWW-Authenticate': { description: 'Why the token was refused: RFC 6750, RFC 9470.', schema: { type: 'string' } },
}
const HEADERS: Record<number, object> = { 401: CHALLENGE, 403: CHALLENGE, 429: WAIT, 503: WAIT }

/** A response with problem details (RFC 9457). */
export function refusal(code: number) {
  return {
    description: STATUS_CODES[code],
    ...(HEADERS[code] && { headers: HEADERS[code] }),
    content: json('Problem', 'application/problem+json'),
  }
}

/** @param name of a schema in the components */
export function json(name: string, type = 'application/json') {
  return { [type]: { schema: { $ref: `#/components/schemas/${name}` } } }
}

/** `/accounts/:account` → `/accounts/{account}` */
export function template(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

export function inPath(path: string) {
  const parameter = { in: 'path', required: true, schema: { type: 'string' } }
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, ...parameter }))
}

export function inQuery(query: z.ZodType | undefined) {
  const { properties = {}, required = [] } = query ? plain(query, 'input') : {}
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

export function described(schemas: Record<string, z.ZodType>, io: 'input' | 'output') {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema, io)]))
}

/** The JSON Schema (draft 2020-12). */
export function plain(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema, '~standard': standard, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
  return rest
}
