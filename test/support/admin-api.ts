import type { z } from 'zod'
import { operator } from '../../src/base/actor.ts'
import type { Permission } from '../../src/clients/permissions.ts'
import type { Route } from '../../src/http/api/admin/route.ts'
import { OPERATIONS } from '../../src/http/api/admin/table.ts'
import { createOperatorToken } from '../../src/oidc/bearer/operator-tokens.ts'
import type { Gatehouse } from './gatehouse.ts'
import { makePerson, type Person } from './people.ts'

type Operations = typeof OPERATIONS
type Name = keyof Operations

type ParametersIn<Path> = Path extends `${string}:${infer First}/${infer Rest}`
  ? First | ParametersIn<Rest>
  : Path extends `${string}:${infer Last}`
    ? Last
    : never

type BodyOf<R> = R extends { body?: infer Body } ? (Body extends z.ZodType ? z.input<Body> : undefined) : undefined
type QueryOf<R> = R extends { query?: infer Query } ? (Query extends z.ZodType ? z.input<Query> : undefined) : undefined
type OutputOf<Answer> = Answer extends z.ZodType<void> ? null : Answer extends z.ZodType ? z.output<Answer> : never
type AnswerOf<R> = R extends { answer?: infer Answer } ? OutputOf<Answer> : never

export interface Sent<R extends { path: string }> {
  params?: Record<ParametersIn<R['path']>, string>
  query?: QueryOf<R>
  body?: BodyOf<R>
  headers?: Record<string, string>
}

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
  /** The body of an answer that is not a success. */
  problem: { code: string; detail: string; fields?: Record<string, string>; messages?: Record<string, string> }
}

/** The API for administrators with its types: the operations and their schemas are those of the route table. */
export class AdminClient {
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor({ url }: { url: string }, token: string | null) {
    this.#url = `${url}/api/v1`
    this.#headers = token === null ? {} : { authorization: `Bearer ${token}` }
  }

  async call<N extends Name>(name: N, sent: Sent<Operations[N]> = {}): Promise<Answer<AnswerOf<Operations[N]>>> {
    const { method, path } = OPERATIONS[name] as unknown as Route
    const { params = {}, query = {}, body, headers = {} } = sent
    const filled = path.replace(/:(\w+)/g, (_, key: string) =>
      encodeURIComponent((params as Record<string, string>)[key] ?? ''),
    )
    const search = new URLSearchParams(Object.entries(query as object).map(([key, value]) => [key, String(value)]))
    return this.send(method, `${filled}${search.size > 0 ? `?${search}` : ''}`, { body, headers })
  }

  /** Any request, also one that no operation has. */
  async send(method: string, path: string, { body, headers = {} }: { body?: unknown; headers?: object } = {}) {
    const response = await fetch(`${this.#url}${path}`, {
      method: method.toUpperCase(),
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed = text === '' ? null : JSON.parse(text)
    return { status: response.status, headers: response.headers, body: parsed, problem: parsed }
  }
}

/** A person with these roles, and a client with an access token of theirs. */
export async function administrator(
  gatehouse: Gatehouse,
  roles: readonly string[] = ['superuser'],
  permissions?: readonly Permission[],
): Promise<{ person: Person; api: AdminClient; token: string }> {
  const { app } = gatehouse
  const person = await makePerson(gatehouse)
  const token = await app.scope(async () => {
    const account = await app.accounts.find(person.id)
    await app.assignments.assign(account, roles, { by: operator })
    return (await createOperatorToken(app, account, { permissions, ttl: 3600 })).accessToken
  })
  return { person, token, api: new AdminClient(gatehouse, token) }
}
