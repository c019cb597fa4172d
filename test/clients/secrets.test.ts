import test from 'ava'
import { pino } from 'pino'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { digest } from '../../src/base/secrets.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { waitFor } from '../support/wait-for.ts'

const HOUR = 3600
const DAY = 86_400
const logged: string[] = []
const clock = new MovingClock()
const log = pino({ level: 'info' }, { write: line => void logged.push(line) })
const gatehouse = await startGatehouse({ clock, log })
const another = await gatehouse.another()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const METHODS = ['client_secret_basic', 'client_secret_post'] as const
const within = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000)

async function register(registration: Partial<ClientRegistration> = {}) {
  const machine: ClientRegistration = { name: 'Report', profile: 'machine', scopes: [] }
  const { client, secret } = await app.scope(() => app.clients.register({ ...machine, ...registration }, { by }))
  return { id: client.id, secret: secret! }
}

const rotate = (id: string, keepOldUntil?: Date) =>
  app.scope(async () => (await app.clients.rotateSecret(id, { by, keepOldUntil })).secret)
const add = (id: string, given: { expiresAt?: Date; retireOthersAt?: Date } = {}, { scope, clients } = app) =>
  scope(async () => (await clients.addSecret(id, { by, ...given })).secret)
const remove = (id: string, secretId: string) => app.scope(() => app.clients.removeSecret(id, secretId, { by }))
const secretsOf = (id: string) => app.scope(() => app.clients.secrets(id))

/** The token endpoint's response to this secret. */
async function present(
  { id, secret }: { id: string; secret: string },
  { method = 'client_secret_basic', at = gatehouse.url }: { method?: (typeof METHODS)[number]; at?: string } = {},
) {
  const basic = method === 'client_secret_basic'
  const response = await fetch(`${at}/token`, {
    method: 'POST',
    headers: basic ? { authorization: `Basic ${btoa(`${id}:${secret}`)}` } : {},
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(basic ? {} : { client_id: id, client_secret: secret }),
    }),
  })
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    body: (await response.json()) as Record<string, unknown>,
  }
}

for (const method of METHODS) {
  test.serial(`a rotated secret works until its end, and the new one meanwhile and after (${method})`, async t => {
    const { id, secret: old } = await register({ tokenEndpointAuthMethod: method })
    const fresh = await rotate(id, within(DAY))
    const status = async (secret: string) => (await present({ id, secret }, { method })).status
    t.deepEqual([await status(old), await status(fresh), await status('neither')], [200, 200, 401])

    clock.advance(DAY - HOUR)
    t.deepEqual([await status(old), await status(fresh)], [200, 200])
    clock.advance(HOUR)
    t.deepEqual([await status(old), await status(fresh)], [401, 200])
    t.is((await secretsOf(id)).length, 1)
  })
}

test.serial('without a time to keep it, the old secret stops at once, also one that was kept before', async t => {
  const { id, secret: first } = await register()
  const second = await rotate(id, within(DAY))
  const third = await rotate(id)
  const statuses = [first, second, third].map(async secret => (await present({ id, secret })).status)
  t.deepEqual(await Promise.all(statuses), [401, 401, 200])
})

test.serial('an expired secret is explained in the log, and to no one else', async t => {
  const { id, secret } = await register()
  await rotate(id, within(HOUR))
  clock.advance(HOUR)
  const refused = await present({ id, secret })
  const stranger = await present({ id, secret: 'a guess' })
  t.deepEqual([refused.status, refused.body], [stranger.status, stranger.body])
  const line = await waitFor(() => logged.find(each => each.includes(String(refused.requestId))) ?? null)
  t.like(JSON.parse(line), {
    client: id,
    problem: 'the secret has expired',
    fix: `use the newer one (gatehouse clients secrets list ${id}), or make another: gatehouse clients rotate-secret ${id}`,
  })
  const other = await waitFor(() => logged.find(each => each.includes(String(stranger.requestId))) ?? null)
  t.like(JSON.parse(other), { client: id, problem: 'the secret is wrong' })
})

test.serial('a third secret is refused, which names the two and the way out', async t => {
  const { id, secret } = await register()
  await rotate(id, within(DAY))
  const [old, current] = await secretsOf(id)
  for (const third of [() => add(id), () => rotate(id, within(HOUR))]) {
    const { message } = (await t.throwsAsync(third, { instanceOf: Conflict }))!
    for (const named of [old!.id, current!.id, `gatehouse clients secrets remove ${id} ${old!.id}`])
      t.true(message.includes(named), message)
  }
  t.deepEqual(await secretsOf(id), [old, current])
  t.is((await present({ id, secret })).status, 200, 'nothing has changed')

  await remove(id, old!.id)
  await add(id, { retireOthersAt: within(HOUR) })
  clock.advance(HOUR)
  t.is((await secretsOf(id)).length, 1)
  await t.notThrowsAsync(() => add(id), 'one that has expired does not count')
})

test.serial('additions in parallel, by two processes, make no third secret', async t => {
  const { id } = await register()
  const results = await Promise.allSettled([app, another.app, app, another.app].map(each => add(id, {}, each)))
  const added = results.filter(result => result.status === 'fulfilled')
  t.is(added.length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Conflict)
  t.is((await secretsOf(id)).length, 2)
  t.is((await present({ id, secret: added[0]!.value })).status, 200)
})

test.serial('a removed secret is refused at once, in another process too, and the other one works on', async t => {
  const { id, secret: old } = await register()
  const fresh = await rotate(id, within(DAY))
  const there = async (secret: string) => (await present({ id, secret }, { at: another.url })).status
  t.deepEqual([await there(old), await there(fresh)], [200, 200])
  await remove(id, (await secretsOf(id))[0]!.id)
  t.is((await present({ id, secret: old })).status, 401)
  t.true(await eventually(async () => (await there(old)) === 401))
  t.is(await there(fresh), 200)
})

test.serial('the last secret of a client that needs one cannot be removed, nor one that it does not have', async t => {
  const { id, secret } = await register()
  const [only] = await secretsOf(id)
  const { message } = (await t.throwsAsync(remove(id, only!.id), { instanceOf: Conflict }))!
  t.regex(message, /is the only secret .*gatehouse clients rotate-secret/)
  for (const unknown of ['', 'ffffffff', '\0', digest(secret)])
    await t.throwsAsync(remove(id, unknown), { instanceOf: NotFound })
  t.is((await present({ id, secret })).status, 200)

  const spa = await register({ profile: 'spa', redirectUris: ['https://app.example.org/cb'] })
  await rotate(spa.id)
  await remove(spa.id, (await secretsOf(spa.id))[0]!.id)
  t.deepEqual(await secretsOf(spa.id), [], 'a public client needs none')
})

test.serial('ends lie in the future, within 90 days for old secrets, and are never put off', async t => {
  const { id } = await register()
  const cases: [() => Promise<unknown>, string][] = [
    [() => rotate(id, clock.now()), 'keepOldUntil'],
    [() => rotate(id, within(91 * DAY)), 'keepOldUntil'],
    [() => add(id, { retireOthersAt: within(91 * DAY) }), 'retireOthersAt'],
    [() => add(id, { retireOthersAt: within(-1) }), 'retireOthersAt'],
    [() => add(id, { expiresAt: clock.now() }), 'expiresAt'],
  ]
  for (const [change, field] of cases) {
    const { fields } = (await t.throwsAsync(change, { instanceOf: InvalidInput }))!
    t.deepEqual(Object.keys(fields), [field])
  }
  t.is((await secretsOf(id)).length, 1)

  const [soon, late] = [within(HOUR), within(DAY)]
  await rotate(id, late)
  await remove(id, (await secretsOf(id))[0]!.id)
  const short = await add(id, { expiresAt: soon })
  const [first, second] = await secretsOf(id)
  t.deepEqual([first!.expiresAt, second!.expiresAt], [null, soon])
  await remove(id, first!.id)
  await rotate(id, late)
  t.deepEqual((await secretsOf(id))[0]!.expiresAt, soon)
  clock.advance(HOUR)
  t.is((await present({ id, secret: short })).status, 401)
})

test.serial('operators see when each secret was last used, at most an hour behind', async t => {
  const { id, secret: old } = await register()
  const fresh = await rotate(id, within(30 * DAY))
  t.deepEqual(
    (await secretsOf(id)).map(({ lastUsedAt }) => lastUsedAt),
    [null, null],
  )
  await present({ id, secret: old })
  await present({ id, secret: 'wrong' })
  const used = async (which: number) => (await secretsOf(id))[which]!.lastUsedAt
  const first = await waitFor(() => used(0))
  t.is(await used(1), null)

  clock.advance(HOUR / 2)
  await present({ id, secret: old })
  await present({ id, secret: fresh })
  await waitFor(() => used(1))
  t.deepEqual(await used(0), first, 'it is written once an hour')
  clock.advance(HOUR)
  await present({ id, secret: old })
  await waitFor(async () => (await used(0))! > first!)

  await remove(id, (await secretsOf(id))[0]!.id)
  const rows = await app.em.fork().execute('select * from client_secret_use where client_id = ?', [id])
  t.is(rows.length, 1)
})

test.serial('A-07: no listing, event or log contains a secret or its digest', async t => {
  const { id, secret: old } = await register()
  const fresh = await rotate(id, within(DAY))
  for (const secret of [old, fresh, `${old}x`]) await present({ id, secret })
  const [first] = await secretsOf(id)
  await app.scope(async () => {
    const client = await app.clients.find(id)
    const events = await app.audit.of(null, { kinds: ['client.'] })
    const all = (await app.clients.list()).map(each => each.summary())
    const listed = [client.summary(), client.registration(), all, await app.clients.secrets(id)]
    const shown = JSON.stringify([listed, events, logged])
    for (const secret of [old, fresh]) t.false(shown.includes(secret) || shown.includes(digest(secret)))
  })
  await remove(id, first!.id)
  const events = await app.scope(() => app.audit.of(null, { kinds: ['client.'] }))
  t.deepEqual(
    events.filter(({ target }) => target === id).map(({ kind, actorKind }) => `${kind} by ${actorKind}`),
    ['secret-removed', 'secret-rotated', 'registered'].map(what => `client.${what} by operator`),
  )
})

test.serial('a client whose only secret has expired is refused until it gets another', async t => {
  const { id } = await register()
  const last = await add(id, { expiresAt: within(DAY) })
  await remove(id, (await secretsOf(id))[0]!.id)
  t.is((await present({ id, secret: last })).status, 200)
  clock.advance(DAY)
  t.is((await present({ id, secret: last })).status, 401)
  t.deepEqual(await secretsOf(id), [])
  t.false((await app.scope(() => app.clients.find(id))).summary(clock.now()).hasSecret)
  await t.notThrowsAsync(app.scope(() => app.clients.update(id, { name: 'Renamed' }, { by })))
  t.is((await present({ id, secret: await rotate(id, within(DAY)) })).status, 200)
})
