import type { z } from 'zod'
import type { Config } from '../../../base/config.ts'
import { ownApiId } from '../../../clients/own-api.ts'
import { responses } from '../../account/response-schemas.ts'
import { inPath, inQuery, plain, refusal, SCHEME, securityScheme, template } from '../document-parts.ts'
import { RATE_HEADERS } from './rate-limit.ts'
import type { Route } from './route.ts'
import { ROUTES } from './table.ts'

const DESCRIPTION = `Everything that an administrator does, for programs.

- **Access tokens** are bearer tokens (or bound to a key by DPoP) of this provider, for the audience of this server, with the
  permission of the operation as scope. A person's token also needs a role that has it; a machine is registered with it.
- **Lists** come in pages: \`next\` is what \`after\` must be for the following one, which the header \`Link\` names too.
- **Changes** accept \`If-Match\` with the \`ETag\` of what was read, and are refused with 412 if it has changed since.
- **Creations** accept an \`Idempotency-Key\`: sent again within a day, the same request gets the same answer, and nothing is
  created twice.
- **Problems** are described in JSON (RFC 9457): \`code\` for programs, \`detail\` for people, \`fields\` and \`messages\` for what is wrong
  with each field.
- **Limits**: \`RateLimit\` says how many requests are left, and 429 has \`Retry-After\`.`

const ETAG = { ETag: { description: 'The version; for If-Match.', schema: { type: 'string' } } }
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'The `ETag` of the version to change; any if it is absent.',
  schema: { type: 'string' },
}
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Identifies this creation: sent again, it gets the same answer.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
}

/** The OpenAPI 3.1 document of the API for administrators, made from the table that it runs on. */
export function adminDocument({ issuer }: Pick<Config, 'issuer'>) {
  const paths = Map.groupBy(ROUTES, ([, { path }]) => template(path))
  return {
    openapi: '3.1.1',
    info: { title: 'Gatehouse: administration', version: '1', description: DESCRIPTION },
    servers: [{ url: ownApiId({ issuer }) }],
    paths: Object.fromEntries(
      [...paths].map(([path, routes]) => [
        path,
        Object.fromEntries(routes.map(([name, route]) => [route.method, operation(name, route)])),
      ]),
    ),
    components: {
      schemas: { ...namedSchemas(), Problem: plain(responses.Problem, 'output') },
      securitySchemes: securityScheme(issuer),
    },
  }
}

/** A schema, and the named ones (`meta({ id })`) that it refers to. */
function split(schema: z.ZodType, io: 'input' | 'output'): { schema: object; named: Record<string, object> } {
  const text = JSON.stringify(plain(schema, io)).replaceAll('#/$defs/', '#/components/schemas/')
  const { $defs: named = {}, ...rest } = JSON.parse(text) as { $defs?: Record<string, object> }
  return { schema: rest, named }
}

function content(schema: z.ZodType, io: 'input' | 'output') {
  return { 'application/json': { schema: split(schema, io).schema } }
}

function namedSchemas(): Record<string, object> {
  const named = ROUTES.flatMap(([, { body, answer }]) => [
    ...(body ? [split(body, 'input').named] : []),
    ...(answer ? [split(answer, 'output').named] : []),
  ])
  return Object.assign({}, ...named)
}

function operation(name: string, route: Route) {
  const { method, path, permission, summary, description, query, body, answer, versioned, guarded } = route
  const changes = method !== 'get'
  const refused = [
    ...[401, 403, 422, 429, 503],
    ...(path.includes(':') ? [404] : []),
    ...(body ? [400, 413, 415] : []),
    ...(versioned && changes ? [412] : []),
    ...(route.refuses ?? []),
  ]
  return {
    operationId: name,
    summary,
    description: [
      description,
      guarded && 'Refused for an account with more rights.',
      `Needs the permission \`${permission}\`.`,
    ]
      .filter(Boolean)
      .join(' '),
    tags: [path.split('/')[1]],
    security: [{ [SCHEME]: [permission] }],
    parameters: [
      ...inPath(path),
      ...inQuery(query),
      ...(versioned && changes ? [IF_MATCH] : []),
      ...(method === 'post' ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: content(body, 'input'),
      },
    }),
    responses: {
      [route.status ?? (answer ? (method === 'post' ? 201 : 200) : 204)]: {
        description: 'Done',
        headers: { ...RATE_HEADERS, ...(versioned && answer ? ETAG : {}) },
        ...(answer && { content: content(answer, 'output') }),
      },
      ...Object.fromEntries([...new Set(refused)].sort().map(code => [code, refusal(code)])),
      // Answered before the API sees the request (server.ts).
      431: { description: 'The address and the headers of the request have more than 16 KiB; there is no body' },
    },
  }
}
