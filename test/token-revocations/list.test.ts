import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { TokenRevocations } from '../../src/token-revocations/token-revocations.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { isListed, readList } from '../support/revocation-list.ts'

const API = 'https://api.example.org'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app, url } = gatehouse
await app.scope(() => app.resources.register({ id: API, name: 'API', scopes: [{ name: 'read' }] }, { by: operator }))
const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['read'] })
test.after.always(() => gatehouse.stop())

const issue = async (): Promise<string> =>
  (await machine.post('/token', { grant_type: 'client_credentials' })).body.access_token
const revoke = (token: string) => machine.post('/token/revocation', { token })
const exp = Math.ceil(Date.now() / 1000) + 600

test.serial('a reader who waits is answered when a token is revoked, in any process', async t => {
  const { position } = await readList(url)
  const token = await issue()
  const waiting = [url, other.url].map(at => readList(url, { after: position, wait: 25 }, at))
  await revoke(token)
  for (const page of await Promise.all(waiting)) {
    t.true(isListed(page, token))
    t.deepEqual([page.after, page.more, page.iss], [position, false, url])
    t.true(page.position > position)
  }
})

test.serial(
  'a reader who comes back learns what was revoked in between, once, and nothing when there is no news',
  async t => {
    const { position } = await readList(url)
    const tokens = [await issue(), await issue(), await issue()]
    for (const token of tokens) await revoke(token)
    const news = await readList(url, { after: position })
    t.is(news.entries.size, 3)
    for (const token of tokens) t.true(isListed(news, token))
    const nothing = await readList(url, { after: news.position })
    t.deepEqual([nothing.entries.size, nothing.position], [0, news.position])
    const whole = await readList(url)
    for (const token of tokens) t.true(isListed(whole, token))
  },
)

test.serial(
  'a reader whose position the list has not reached, as after a restored backup, is told its position',
  async t => {
    const { position } = await readList(url)
    const page = await readList(url, { after: position + 100, wait: 25 })
    t.deepEqual([page.position, page.entries.size], [position, 0])
  },
)

test.serial('a database that was restored from a backup gives out no position again', async t => {
  await revoke(await issue())
  const { position } = await readList(url)
  await app.em.fork().execute('update token_revocation_list set published = 1')
  const token = await issue()
  await revoke(token)
  const news = await readList(url, { after: position })
  t.true(isListed(news, token))
  t.true(news.position > position)
})

test.serial('what is revoked while others publish gets a position that no reader has passed', async t => {
  const processes = [app.tokenRevocations, other.app.tokenRevocations]
  const { position: start } = await processes[0]!.page(0)
  const read = async (reader: TokenRevocations, seen: Set<string>) => {
    let after = start
    for (let round = 0; round < 40; round++) {
      const page = await reader.page(after)
      for (let at = 0; at < page.entries.length; at += 20) seen.add(page.entries.toString('hex', at, at + 16))
      after = page.position
    }
    const last = await reader.page(after)
    for (let at = 0; at < last.entries.length; at += 20) seen.add(last.entries.toString('hex', at, at + 16))
  }
  const keys = Array.from({ length: 60 }, (_, index) => Buffer.alloc(16, `key ${index} `))
  const write = async () => {
    for (const [index, key] of keys.entries()) await processes[index % 2]!.record([{ key, exp }])
  }
  const [one, two] = [new Set<string>(), new Set<string>()]
  await Promise.all([write(), read(processes[0]!, one), read(processes[1]!, two)])
  await Promise.all([read(processes[0]!, one), read(processes[1]!, two)])
  for (const key of keys) t.true(one.has(key.toString('hex')) && two.has(key.toString('hex')))
})

test.serial('revocations at the same time share a statement, and each is on the list when it is answered', async t => {
  const keys = Array.from({ length: 1200 }, (_, index) => Buffer.alloc(16, `many ${index} `))
  await Promise.all(
    keys.map(async key => {
      await app.tokenRevocations.record([{ key, exp }])
      if (key === keys.at(0) || key === keys.at(-1)) t.true(await other.app.tokenRevocations.includes([key]))
    }),
  )
  for (const key of keys.slice(0, 20)) t.true(await app.tokenRevocations.includes([key]))
})

test.serial('the list is only what its address says: other paths, methods and numbers are refused', async t => {
  for (const [path, status] of [
    ['/revocations/1', 404],
    ['/revocations?after=-1', 422],
    ['/revocations?after=1.5', 422],
    ['/revocations?after=1&after=2', 422],
    ['/revocations?after=99999999999999999', 422],
    ['/revocations?wait=26', 422],
    ['/revocations?wait=x', 422],
  ] as const)
    t.is((await fetch(`${url}${path}`)).status, status, path)
  t.is((await fetch(`${url}/revocations`, { method: 'POST' })).status, 405)
  const answer = await fetch(`${url}/revocations`)
  t.is(answer.headers.get('content-type'), 'application/token-revocations+jwt')
  t.is(answer.headers.get('cache-control'), 'no-store')
})

test.serial('what has expired is on the list no more, and is removed', async t => {
  const key = Buffer.alloc(16, 'expired')
  await app.tokenRevocations.record([{ key, exp: Math.floor(Date.now() / 1000) - 10 }])
  t.false((await readList(url)).entries.has(key.toString('hex')))
  t.true((await app.tokenRevocations.sweep()) >= 1)
  t.false(await app.tokenRevocations.includes([key]))
})

test.serial('readers who wait are answered when the process stops', async t => {
  const stopping = await startGatehouse()
  const { position } = await readList(stopping.url)
  const waiting = fetch(`${stopping.url}/revocations?after=${position}&wait=25`)
  // The request has to be there before the process stops accepting any.
  await readList(stopping.url)
  const began = performance.now()
  const [answer] = await Promise.all([waiting, stopping.stop()])
  t.is(answer.status, 200)
  t.true(performance.now() - began < 20_000)
})
