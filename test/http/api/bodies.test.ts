import test, { type ExecutionContext } from 'ava'
import { AccountApplication, type AccountClient, type Answer } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())

function problem(t: ExecutionContext, { status, headers, body }: Answer, expected: number, about?: string): void {
  t.is(status, expected, `${about}: ${JSON.stringify(body)}`)
  t.is(headers.get('content-type'), 'application/problem+json', about)
  t.is(body.status, expected, about)
  t.truthy(body.title, about)
  t.truthy(body.detail, about)
  t.is(body.request_id, headers.get('x-request-id'), about)
}

async function me(client: AccountClient): Promise<object> {
  const { body } = await client.get('/me')
  return body
}

test('A-03: unknown fields are refused by name, and the request changes nothing', async t => {
  const client = await application.signIn()
  const before = await me(client)
  const extra = { roles: ['superuser'], id: 'x', email_verified: true, password_hash: 'x', suspendedAt: null }
  for (const [method, path, body] of [
    ['PATCH', '/me', { profile: { nickname: 'Eve' } }],
    ['PUT', '/me/password', { current: client.person.password, next: 'another horse that is correct' }],
    ['POST', '/me/email-change', { email: 'eve@example.org' }],
    ['POST', '/me/verification', {}],
    ['PUT', '/me/deletion', {}],
  ] as const) {
    const answer = await client.send(method, path, { ...body, ...extra })
    problem(t, answer, 422, path)
    const unknown = Object.fromEntries(Object.keys(extra).map(name => [name, 'unknown']))
    t.deepEqual(answer.body.fields, unknown, path)
  }
  const within = await client.send('PATCH', '/me', { profile: { nickname: 'Eve', email: 'eve@example.org', sub: '1' } })
  problem(t, within, 422)
  t.deepEqual(within.body.fields, { 'profile.email': 'unknown', 'profile.sub': 'unknown' })
  t.deepEqual(await me(client), before)
})

test('A-03: __proto__ and constructor are refused like any unknown field', async t => {
  const client = await application.signIn()
  for (const body of ['{"profile":{},"__proto__":{"roles":["superuser"]}}', '{"profile":{"constructor":{"a":1}}}'])
    problem(t, await client.send('PATCH', '/me', body), 422, body)
})

test('missing and invalid fields are named', async t => {
  const client = await application.signIn()
  const empty = await client.send('PUT', '/me/password')
  problem(t, empty, 422)
  t.deepEqual(empty.body.fields, { body: 'required' })
  const half = await client.send('PUT', '/me/password', { current: 5 })
  t.deepEqual(half.body.fields, { current: 'invalid', next: 'required' })
  for (const body of [[], 'null', '"text"', '7'])
    t.deepEqual((await client.send('PATCH', '/me', body)).body.fields, { body: 'invalid' }, String(body))
  const long = await client.send('POST', '/me/email-change', { email: `${'a'.repeat(400)}@example.org` })
  t.deepEqual(long.body.fields, { email: 'too-long' })
})

test('a body must be JSON in UTF-8, of limited size and depth', async t => {
  const client = await application.signIn()
  const send = (body: string, headers = {}) => client.send('PATCH', '/me', body, headers)
  problem(t, await send('profile=x', { 'content-type': 'application/x-www-form-urlencoded' }), 415)
  problem(t, await send('{}', { 'content-type': 'text/plain' }), 415)
  problem(t, await send('{"profile":'), 400)
  problem(t, await send(`{"profile":${'['.repeat(20)}${']'.repeat(20)}}`), 400)
  problem(t, await send(`${'['.repeat(30_000)}${']'.repeat(30_000)}`), 400)
  problem(t, await send(`{"profile":{"nickname":"${'a'.repeat(70_000)}"}}`), 413)
  const bytes = Buffer.concat([Buffer.from('{"profile":{"nickname":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')])
  const response = await fetch(`${gatehouse.url}/api/v1/me`, {
    method: 'PATCH',
    body: bytes,
    headers: { authorization: `Bearer ${client.tokens.access_token}`, 'content-type': 'application/json' },
  })
  t.is(response.status, 400)
})

test('query parameters are checked', async t => {
  const client = await application.signIn()
  for (const [query, fields] of [
    ['limit=0', { limit: 'invalid' }],
    ['limit=201', { limit: 'invalid' }],
    ['limit=1&limit=2', { limit: 'invalid' }],
    ['before=1', { before: 'invalid' }],
    ['kind=%00', { kind: 'invalid' }],
    ['kind=%25', { kind: 'invalid' }],
    ['account=1', { account: 'unknown' }],
  ] as const) {
    const answer = await client.get(`/me/history?${query}`)
    problem(t, answer, 422, query)
    t.deepEqual(answer.body.fields, fields, query)
  }
})
