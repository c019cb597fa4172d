import { createServer, type RequestListener } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { AssertingClient } from '../support/assertions.ts'
import { isRefusedAs } from '../support/codes.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { Listener } from '../support/listener.ts'
import { freePort } from '../support/programs.ts'
import { StoppedClock } from '../support/stopped-clock.ts'

const clock = new StoppedClock(Date.now())
const [gatehouse, intranet] = await Promise.all([
  startGatehouse(),
  startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, clock }),
])
test.after.always(() => Promise.all([gatehouse.stop(), intranet.stop()]))

/** A client with any jwks_uri. Registration requires https, so the address is written to the database. */
async function clientAt({ app, ...place }: Gatehouse, jwksUri: string): Promise<AssertingClient> {
  const client = await AssertingClient.register({ app, ...place }, 'https://keys.invalid/jwks')
  await app.em.getConnection().execute('update client set jwks_uri = ? where id = ?', [jwksUri, client.id])
  return client
}

async function serving(t: ExecutionContext, handler: RequestListener) {
  const seen: string[] = []
  const http = createServer((req, res) => {
    seen.push(req.url ?? '')
    handler(req, res)
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void http.close())
  const address = http.address()
  return { seen, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` }
}

test('the key set of a client is fetched once for many requests', async t => {
  let keys: object[] = []
  const { url, seen } = await serving(t, (_req, res) => res.end(JSON.stringify({ keys })))
  const client = await clientAt(intranet, `${url}/jwks`)
  keys = [client.key.jwk]

  for (let request = 0; request < 3; request++) t.is((await client.ask(await client.assertion())).status, 200)

  t.deepEqual(seen, ['/jwks'])
})

test.serial('F-24: a key set that could not be fetched is requested again only after a delay', async t => {
  let answer: () => [number, string] = () => [200, 'no keys']
  let cache = {}
  const { url, seen } = await serving(t, (_req, res) => {
    const [status, body] = answer()
    res.writeHead(status, cache).end(body)
  })
  const down = `http://127.0.0.1:${await freePort()}`
  for (const [at, failing] of [
    [url, [200, 'no keys']],
    [url, [200, '{"keys":"none"}']],
    [url, [503, '{"keys":[]}']],
    [down, [0, '']],
  ] as const) {
    seen.length = 0
    answer = () => [...failing]
    cache = { 'cache-control': 'max-age=31536000' }
    const address = `${at}/${failing.join('')}`
    const [client, another] = [await clientAt(intranet, address), await clientAt(intranet, address)]
    for (const each of [client, client, another, client])
      isRefusedAs(t, await each.ask(await each.assertion()), 'invalid_client', address)
    t.is(seen.length, at === down ? 0 : 1, address)
    if (at === down) continue

    clock.advance(29)
    isRefusedAs(t, await client.ask(await client.assertion()), 'invalid_client', address)
    t.is(seen.length, 1, 'not yet')
    clock.advance(2)
    answer = () => [200, JSON.stringify({ keys: [client.key.jwk] })]
    const now = clock.now().getTime() / 1000
    t.is((await client.ask(await client.assertion({ claims: { exp: now + 60 } }))).status, 200, address)
    t.is(seen.length, 2)
  }
})

test('D-01: key sets in the internal network are not fetched, and the error reveals nothing about the address', async t => {
  const evil = (await Listener.open(t))!
  const evil6 = await Listener.open(t, '::1')
  const closed = await freePort()
  const addresses = [
    `https://127.0.0.1:${evil.port}/`,
    `https://127.0.0.1:${closed}/`,
    `https://[::1]:${evil6?.port ?? evil.port}/`,
    `https://2130706433:${evil.port}/`,
    `https://0x7f.1:${evil.port}/`,
    `https://0177.0.0.1:${evil.port}/`,
    `https://localhost:${evil.port}/`,
    `https://[::ffff:127.0.0.1]:${evil.port}/`,
    `http://127.0.0.1:${evil.port}/`,
    `http://localhost:${evil.port}/`,
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://keys.invalid/',
  ]
  for (const address of addresses) {
    const client = await clientAt(gatehouse, address)
    const answer = await client.ask(await client.assertion())
    isRefusedAs(t, answer, 'invalid_client', address)
    t.deepEqual(answer.body, { error: 'invalid_client', error_description: 'client authentication failed' }, address)
  }
  t.deepEqual([evil.connections, evil6?.connections ?? 0], [0, 0])
})

test('D-01: key sets are fetched by https only', async t => {
  for (const address of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'data:application/json,{"keys":[]}']) {
    const client = await clientAt(gatehouse, address)
    isRefusedAs(t, await client.ask(await client.assertion()), ['invalid_client', 'invalid_client_metadata'], address)
  }
})

test('D-01: a redirect of a key set is not followed', async t => {
  const evil = (await Listener.open(t))!
  for (const status of [301, 302, 303, 307, 308]) {
    const location = `http://127.0.0.1:${evil.port}/`
    const { url } = await serving(t, (_req, res) => res.writeHead(status, { location }).end())
    const client = await clientAt(intranet, url)
    isRefusedAs(t, await client.ask(await client.assertion()), 'invalid_client', String(status))
  }
  t.is(evil.connections, 0)
})

test('a response that is not a key set authenticates no one, and is not quoted in the error', async t => {
  let body = ''
  let status = 200
  const { url } = await serving(t, (_req, res) => res.writeHead(status).end(body))
  const tries: [number, (client: AssertingClient) => string][] = [
    [200, () => 'a secret page of the intranet'],
    [200, () => '{"keys":"none"}'],
    [200, () => '{"keys":[]}'],
    [200, () => '[]'],
    [200, () => 'null'],
    [200, ({ key }) => JSON.stringify({ keys: [{ ...key.jwk, d: 'AAAA' }] })],
    [200, () => JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }] })],
    [200, ({ key }) => JSON.stringify({ keys: [key.jwk], padding: 'x'.repeat(1024 * 1024) })],
    [500, ({ key }) => JSON.stringify({ keys: [key.jwk] })],
  ]
  for (const [index, [answered, published]] of tries.entries()) {
    const client = await clientAt(intranet, `${url}/${index}`)
    body = published(client)
    status = answered
    const answer = await client.ask(await client.assertion())
    isRefusedAs(t, answer, 'invalid_client', body.slice(0, 60))
    t.deepEqual(answer.body, { error: 'invalid_client', error_description: 'client authentication failed' })
  }
})
