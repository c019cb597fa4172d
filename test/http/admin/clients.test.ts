import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { RegisteringProgram } from '../../support/registering-program.ts'

const gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open' } })
const { api, token } = await administrator(gatehouse)

const WIKI = { client_name: 'Wiki', profile: 'web' as const, redirect_uris: ['https://wiki.example.com/callback'] }

async function wiki(client_id: string) {
  const { status, body } = await api.call('registerClient', { body: { ...WIKI, client_id } })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body
}

/** Whether the client authenticates with this secret: the token endpoint then complains of something else. */
async function authenticates(id: string, secret: string): Promise<boolean> {
  const response = await fetch(`${gatehouse.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x', redirect_uri: WIKI.redirect_uris[0]! }),
  })
  const { error } = (await response.json()) as { error: string }
  return error !== 'invalid_client'
}

test('a registered client is named by OAuth metadata, and its secret is in the answer alone', async t => {
  const { status, headers, body } = await api.call('registerClient', { body: { ...WIKI, client_id: 'notes' } })
  t.is(status, 201)
  t.is(headers.get('location'), `${gatehouse.url}/api/v1/clients/notes`)
  t.like(body, {
    client_id: 'notes',
    client_name: 'Wiki',
    redirect_uris: WIKI.redirect_uris,
    registered_by: 'operator',
  })
  const secret = body.client_secret
  t.truthy(secret)
  t.true(await authenticates('notes', secret!))

  const got = await api.call('getClient', { params: { client: 'notes' } })
  const { client_secret: _secret, ...same } = body
  t.deepEqual(got.body, same)
  const all = await api.call('listClients', { query: { limit: 200 } })
  for (const answer of [got, all]) {
    t.false(JSON.stringify(answer.body).includes(secret!))
    t.notRegex(JSON.stringify(answer.body), /digest|registration_policy/i)
  }
})

test('a refusal names the fields as the body does, and says what is wrong with them', async t => {
  const { status, problem } = await api.call('registerClient', {
    body: { ...WIKI, client_id: 'not an id', logo_uri: 'http://example.com/logo', surprise: 1 } as never,
  })
  t.is(status, 422)
  t.deepEqual(Object.keys(problem.fields!).sort(), ['client_id', 'logo_uri', 'surprise'])
  t.regex(problem.messages!.client_id!, /1 to 100 characters/)
  t.regex(problem.messages!.logo_uri!, /https: URL/)

  const reserved = await api.call('registerClient', { body: { ...WIKI, client_id: 'gatehouse-cli' } })
  t.deepEqual(Object.keys(reserved.problem.fields!), ['client_id'])
  const wrong = await api.call('registerClient', { body: { ...WIKI, redirect_uris: ['http://example.com/'] } })
  t.deepEqual(Object.keys(wrong.problem.fields!), ['redirect_uris'])
  t.regex(wrong.problem.detail, /^redirect_uris: /)
})

test('an update changes what it names, and needs the version that it was made from', async t => {
  const { client_id: client } = await wiki('updated')
  const { headers } = await api.call('getClient', { params: { client } })
  const etag = headers.get('etag')!
  const body = { client_name: 'Handbook', access_token_ttl: 120, claims: [{ claim: 'tenant', value: 'acme' }] }
  const updated = await api.call('updateClient', { params: { client }, body, headers: { 'if-match': etag } })
  t.is(updated.status, 200)
  t.like(updated.body, { client_name: 'Handbook', access_token_ttl: 120, redirect_uris: WIKI.redirect_uris })

  const late = await api.call('updateClient', {
    params: { client },
    body: { client_name: 'Late' },
    headers: { 'if-match': etag },
  })
  t.is(late.status, 412)
  const read = await api.call('getClient', { params: { client } })
  t.is(read.headers.get('etag'), updated.headers.get('etag'), 'the same version, in whatever order the database has it')
  t.is(read.body.client_name, 'Handbook')

  t.is((await api.call('removeClient', { params: { client }, headers: { 'if-match': etag } })).status, 412)
  t.is((await api.call('removeClient', { params: { client } })).status, 204)
  t.is((await api.call('getClient', { params: { client } })).status, 404)
})

test('a new secret replaces the old one', async t => {
  const { client_id: client, client_secret: old } = await wiki('renewed')
  const { status, body } = await api.call('rotateClientSecret', { params: { client } })
  t.is(status, 201)
  t.deepEqual(Object.keys(body).sort(), ['client_id', 'client_secret'])
  t.true(await authenticates(client, body.client_secret))
  t.false(await authenticates(client, old!))

  const until = new Date(Date.now() + 3_600_000).toISOString()
  const again = await api.call('rotateClientSecret', { params: { client }, body: { keep_old_until: until } })
  for (const secret of [body.client_secret, again.body.client_secret]) t.true(await authenticates(client, secret))
  const { body: listed } = await api.call('listClientSecrets', { params: { client } })
  t.deepEqual(
    listed.secrets.map(each => each.expires_at),
    [until, null],
  )
  t.notRegex(JSON.stringify(listed), /digest/)
  const kept = listed.secrets[0]!.id
  t.is((await api.call('removeClientSecret', { params: { client, secret: kept } })).status, 204)
  t.false(await authenticates(client, body.client_secret))
})

test('lists come in pages, each client once, and can be limited to those that registered themselves', async t => {
  for (const name of ['page-a', 'page-b', 'page-c']) await wiki(name)
  const seen: string[] = []
  let after: string | null | undefined
  do {
    const { body } = await api.call('listClients', { query: { limit: 2, ...(after && { after }) } })
    t.true(body.clients.length <= 2)
    seen.push(...body.clients.map(({ client_id }) => client_id))
    after = body.next
  } while (after)
  t.is(new Set(seen).size, seen.length)
  for (const name of ['page-a', 'page-b', 'page-c']) t.true(seen.includes(name))
  const { body } = await api.call('listClients', { query: { registered_by: 'open' } })
  t.true(body.clients.every(({ registered_by: by }) => by === 'open'))
})

test('an adopted client is managed by operators, and no longer by itself', async t => {
  const program = new RegisteringProgram(gatehouse)
  const registered = await program.register({ client_name: 'Itself' })
  const { client_id: client, registration_access_token: token, registration_client_uri: own } = registered.body
  const params = { client: String(client) }
  const refused = await api.call('updateClient', { params, body: { permissions: ['accounts:read'] } })
  t.is(refused.status, 422, 'it could send the tokens of administrators to any address')
  t.deepEqual(Object.keys(refused.problem.fields!), ['permissions'])

  const { status, body } = await api.call('adoptClient', { params })
  t.is(status, 200)
  t.is(body.registered_by, 'operator')
  t.is((await program.send('GET', String(own), { token: String(token) })).status, 401)
})

test('a preview shows what an application receives about an account', async t => {
  const { client_id: client } = await wiki('previewed')
  const person = await makePerson(gatehouse, { name: 'Grace' })
  const { status, body } = await api.call('previewClaims', { params: { client }, query: { account: person.email } })
  t.is(status, 200)
  t.is(body.tokens.id_token?.payload.sub, person.id)
  t.is(body.tokens.userinfo?.payload.email, person.email)
  const missing = await api.call('previewClaims', { params: { client } })
  t.deepEqual(Object.keys(missing.problem.fields!), ['account'])
})

test('who sees such a preview may read both applications and accounts', async t => {
  const { client_id: client } = await wiki('previewed-by-few')
  const { api: few, person } = await administrator(gatehouse, ['superuser'], ['clients:read'])
  const { status } = await few.call('previewClaims', { params: { client }, query: { account: person.email } })
  t.is(status, 403)
})

test.after.always(() => gatehouse.stop())

test('a null character in the address is refused by the name of the parameter', async t => {
  for (const [path, name] of [
    ['clients', 'registration_token'],
    ['clients', 'after'],
    ['accounts', 'search'],
    ['audit/events', 'actor'],
  ] as const) {
    const answer = await fetch(`${gatehouse.url}/api/v1/${path}?${name}=a%00b`, {
      headers: { authorization: `Bearer ${token}` },
    })
    t.is(answer.status, 422, name)
    const { fields } = (await answer.json()) as { fields: Record<string, unknown> }
    t.deepEqual(Object.keys(fields), [name])
  }
})
