import type { z } from 'zod'
import type { Config } from '../../base/config.ts'
import { ACCOUNT_SCOPE } from '../../clients/scopes.ts'
import type { Action } from '../account/action.ts'
import { responses } from '../account/response-schemas.ts'
import { ACTIONS } from '../account/sections.ts'
import { described, inPath, inQuery, json, refusal, SCHEME, securityScheme, template } from './document-parts.ts'

const RECENT =
  'Requires a sign-in within the last ten minutes, with a second factor if the person has one; `WWW-Authenticate` says ' +
  'what is missing (RFC 9470).'
const RESPONSES = new Map<unknown, string>(Object.entries(responses).map(([name, schema]) => [schema, name]))

/** The OpenAPI 3.1 document of the account API, made from the actions and schemas that the API runs on. */
export function openApi({ issuer }: Config) {
  const published = ACTIONS.filter(({ api }) => api)
  const paths = Map.groupBy(published, ({ path }) => template(`/me${path}`))
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
      securitySchemes: securityScheme(issuer),
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
