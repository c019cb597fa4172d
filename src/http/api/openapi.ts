import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import type { Config } from '../../base/config.ts'
import { ACCOUNT_SCOPE } from '../../clients/scopes.ts'
import type { Action } from '../account/action.ts'
import { responses } from '../account/response-schemas.ts'
import { ACTIONS } from '../account/sections.ts'

const SCHEME = 'gatehouse'
const RECENT =
  'Requires a sign-in within the last ten minutes, with a second factor if the person has one; `WWW-Authenticate` says ' +
  'what is missing (RFC 9470).'
const RESPONSES = new Map<unknown, string>(Object.entries(responses).map(([name, schema]) => [schema, name]))

/** The OpenAPI 3.1 document, made from the actions and schemas that the API runs on. */
export function openApi({ issuer }: Config) {
  const published = ACTIONS.filter(({ api }) => api)
  const paths = Map.groupBy(published, ({ path }) => `/me${path.replace(/:(\w+)/g, '{$1}')}`)
  const bodies = published.flatMap(({ body }) => (body ? [[titleOf(body), body] as const] : []))
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gatehouse: your own account',
      version: '1',
      description: 'For applications that manage a person’s account on their behalf.',
    },
    servers: [{ url: `${issuer}/api/v1` }],
    security: [{ [SCHEME]: [ACCOUNT_SCOPE] }],
    paths: Object.fromEntries(
      [...paths].map(([path, actions]) => [
        path,
        Object.fromEntries(actions.map(action => [action.method, operation(action)])),
      ]),
    ),
    components: {
      schemas: { ...described(Object.fromEntries(bodies), 'input'), ...described(responses, 'output') },
      securitySchemes: {
        [SCHEME]: { type: 'openIdConnect', openIdConnectUrl: `${issuer}/.well-known/openid-configuration` },
      },
    },
  }
}

function titleOf(body: z.ZodType): string {
  return body.meta()?.title ?? ''
}

function operation({ name, path, recent, query, body, api }: Action) {
  const { summary, description, scope, status, answer, refuses = [] } = api!
  const refused = [...(body || query ? [400, 422] : []), ...(body ? [413, 415] : []), 401, 403, 429, ...refuses].sort()
  return {
    operationId: name,
    summary,
    description: [description, recent && RECENT].filter(Boolean).join(' '),
    ...(scope && { security: [{ [SCHEME]: [ACCOUNT_SCOPE, scope] }] }),
    parameters: [...inPath(path), ...inQuery(query)],
    ...(body && { requestBody: { required: !body.safeParse(undefined).success, content: json(titleOf(body)) } }),
    responses: {
      [status ?? (answer ? 200 : 204)]: {
        description: 'Done',
        ...(answer && { content: json(RESPONSES.get(answer)!) }),
      },
      ...Object.fromEntries(refused.map(code => [code, refusal(code)])),
    },
  }
}

const WAIT = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }
const CHALLENGE = {
  'WWW-Authenticate': { description: 'Why the token was refused: RFC 6750, RFC 9470.', schema: { type: 'string' } },
}
const HEADERS: Record<number, object> = { 401: CHALLENGE, 403: CHALLENGE, 429: WAIT, 503: WAIT }

function refusal(code: number) {
  return {
    description: STATUS_CODES[code],
    ...(HEADERS[code] && { headers: HEADERS[code] }),
    content: json('Problem', 'application/problem+json'),
  }
}

function json(name: string, type = 'application/json') {
  return { [type]: { schema: { $ref: `#/components/schemas/${name}` } } }
}

function inPath(path: string) {
  const parameter = { in: 'path', required: true, schema: { type: 'string' } }
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, ...parameter }))
}

function inQuery(query: z.ZodType | undefined) {
  const { properties = {}, required = [] } = query ? plain(query, 'input') : {}
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function described(schemas: Record<string, z.ZodType>, io: 'input' | 'output') {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema, io)]))
}

function plain(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema, '~standard': standard, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
  return rest
}
