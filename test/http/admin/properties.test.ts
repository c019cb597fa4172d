import { Ajv2020 } from 'ajv/dist/2020.js'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { operator } from '../../../src/base/actor.ts'
import { ALL_PERMISSIONS } from '../../../src/clients/permissions.ts'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { type OpenApi, type Operation, type Request, requests } from '../../support/openapi-requests.ts'
import { makePerson } from '../../support/people.ts'

/**
 * Sends generated requests to every operation of the OpenAPI document, one after another, and compares the answers with what
 * the document says. A failure prints the seed, which `fc.assert` accepts.
 */

const RUNS = 12
/** Milliseconds for one operation, on a machine that is busy with other tests. */
const LONGEST = 15_000

const gatehouse = await startGatehouse({
  env: { API_LIMIT_IP: '1000000/1m', API_LIMIT_ADMIN: '1000000/1m' },
  outboundTimeout: 500,
})
const { app, url } = gatehouse
const superuser = await administrator(gatehouse)
const reads = ALL_PERMISSIONS.filter(name => name.endsWith(':read'))
await app.scope(() => app.roles.create({ name: 'auditor', permissions: reads }, { by: operator }))
const auditor = await administrator(gatehouse, ['auditor'])
for (let i = 0; i < 20; i++) await makePerson(gatehouse)

const document = (await (await fetch(`${url}/api/openapi.json`)).json()) as OpenApi
test.after.always(() => gatehouse.stop())
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
type Row = (typeof operations)[number]

const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'document')

/** What exists, as answers name it. Without the callers, whose tokens would end if they were signed out. */
const known: string[] = ['admin', 'user', 'superuser']
const callers = [superuser, auditor].flatMap(({ person }) => [person.id, person.email])

function remember(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, each] of Object.entries(value)) {
    if (typeof each !== 'string') remember(each)
    else if (/^(id|key|kid|name|email|client_id)$/.test(name) && each !== '' && !callers.includes(each))
      known.push(each)
  }
}

async function send({ path, method }: Row, { path: segments, query, headers, body, type }: Request, token: string) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const segment = segments[name]!
    return encodeURIComponent(('known' in segment ? known[segment.known % known.length]! : segment.text).toWellFormed())
  })
  const address = new URL(`${url}/api/v1${filled}`)
  for (const [name, value] of query) address.searchParams.append(name, value)
  const sent = method === 'get' ? undefined : body
  const answer = await fetch(address, {
    method: method.toUpperCase(),
    headers: { ...headers, authorization: `Bearer ${token}`, ...(sent !== undefined && { 'content-type': type }) },
    body: sent,
  })
  return { status: answer.status, type: answer.headers.get('content-type')?.split(';')[0], text: await answer.text() }
}

const pointer = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

/** @returns what is wrong with the answer; empty if nothing */
function differences(
  { path, method, operation }: Row,
  { status, type, text }: Awaited<ReturnType<typeof send>>,
): string {
  const about = `${method} ${path}: ${status} ${type} ${text.slice(0, 500)}`
  const documented = operation.responses[status]
  if (status >= 500 || !documented) return `${about} is not documented`
  if (!documented.content) return text === '' ? '' : `${about} has a body`
  if (!type || !(type in documented.content)) return `${about} has another content type`
  const place = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'].map(pointer).join('/')
  const matches = ajv.getSchema<{ status: number }>(`document#/${place}`)!
  const body = JSON.parse(text) as { status: number }
  if (!matches(body)) return `${about}: ${ajv.errorsText(matches.errors)}`
  if (status < 400) remember(body)
  else if (body.status !== status) return `${about} names another status`
  return ''
}

async function check(t: ExecutionContext, row: Row, token: string): Promise<Set<number>> {
  const statuses = new Set<number>()
  const property = fc.asyncProperty(requests(row.operation as Operation, document), async request => {
    const answer = await send(row, request, token)
    statuses.add(answer.status)
    const wrong = differences(row, answer)
    if (wrong) throw new Error(wrong)
  })
  await t.notThrowsAsync(
    fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: LONGEST, includeErrorInReport: true }),
  )
  return statuses
}

/** Every row of every table, except those that the server writes by itself: that it can write, the chain of events, and why requests were refused. */
async function snapshot(): Promise<Record<string, string>> {
  const em = app.em.fork()
  const tables = await em.execute<{ name: string }[]>(
    `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('readiness_probe', 'audit_link', 'audit_tip', 'audit_head')`,
  )
  const rows: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await em.execute<{ rows: string }[]>(
      `select coalesce(string_agg(row.text, e'\\n' order by row.text), '') as rows
       from ${name} t, lateral (select (to_jsonb(t) - 'pending')::text as text) row
       where to_jsonb(t)->>'kind' is distinct from 'RefusedRequest'`,
    )
    rows[name] = row!.rows
  }
  return rows
}

test.serial('a read-only administrator changes nothing, whatever they send', async t => {
  const before = await snapshot()
  for (const row of operations) {
    const statuses = await check(t, row, auditor.token)
    if (row.method !== 'get')
      t.deepEqual(
        [...statuses].filter(each => each < 400),
        [],
        row.operation.operationId,
      )
  }
  const after = await snapshot()
  for (const [name, rows] of Object.entries(before)) t.true(after[name] === rows, name)
})

for (const row of operations) {
  test.serial(`${row.operation.operationId} answers a superuser as its document says, whatever is sent`, async t => {
    const statuses = await check(t, row, superuser.token)
    t.false(statuses.has(401), 'the token still works')
  })
}
