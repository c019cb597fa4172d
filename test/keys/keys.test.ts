import test from 'ava'
import { decodeProtectedHeader } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { Conflict, NotFound } from '../../src/base/refusals.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

// Each test has its own installation, since the keys belong to the installation.
let clock: MovingClock
let gatehouse: Gatehouse
test.beforeEach(async () => {
  clock = new MovingClock()
  gatehouse = await startGatehouse({ clock })
})
test.afterEach.always(() => gatehouse.stop())

const list = () => gatehouse.app.scope(() => gatehouse.app.keys.list())
const rotate = () => gatehouse.app.scope(() => gatehouse.app.keys.rotate({ by: operator, now: true }))
const stages = async () => (await list()).map(({ alg, stage }) => `${stage} ${alg}`).sort()
const kid = async (stage: string, alg = 'RS256') =>
  (await list()).find(key => key.stage === stage && key.alg === alg)?.kid ?? stage
const published = async (url = gatehouse.url): Promise<string[]> => {
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: { kid: string }[] }
  return keys.map(key => key.kid)
}

/** The keys that a test starts with are months old: see `support/templates.ts`. */
const removeAll = () => gatehouse.app.em.fork().execute('delete from signing_key')

const FRESH = ['current ES256', 'current RS256', 'next ES256', 'next RS256']

test.serial('each algorithm has a current and a next key from the start, both published', async t => {
  t.deepEqual(await stages(), FRESH)
  t.deepEqual((await published()).sort(), (await list()).map(key => key.kid).sort())
  t.is((await list())[0]?.stage, 'current')
  await gatehouse.app.scope(() => gatehouse.app.keys.ensure())
  t.deepEqual(await stages(), FRESH)
})

test.serial('the missing keys are made at a start, once however many processes start', async t => {
  const { app } = await gatehouse.another()
  await removeAll()
  await Promise.all([gatehouse.app, app].map(each => each.scope(() => each.keys.ensure())))
  t.deepEqual(await stages(), FRESH)
})

test.serial('A-07: private keys are not published or listed, and are stored encrypted', async t => {
  const answer = await (await fetch(`${gatehouse.url}/jwks`)).text()
  for (const key of JSON.parse(answer).keys) {
    t.deepEqual(
      ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter(part => part in key),
      [],
    )
  }
  const rows = JSON.stringify(await gatehouse.app.em.fork().execute('select * from signing_key'))
  const summaries = JSON.stringify((await list()).map(key => key.summary()))
  for (const key of await list()) {
    const jwk = gatehouse.app.keys.privateKey(key).export({ format: 'jwk' })
    for (const text of [rows, summaries, answer]) {
      t.false(text.includes(jwk.d!))
      t.false(text.includes('PRIVATE KEY'))
    }
  }
})

test.serial(
  'J-04: a rotation signs with the next key, keeps the old one for verification, and publishes a new next key',
  async t => {
    const [current, next] = [await kid('current'), await kid('next')]
    await rotate()
    t.deepEqual(await stages(), [...FRESH, 'retired ES256', 'retired RS256'])
    t.is(await kid('current'), next)
    t.is(await kid('retired'), current)
    t.false([current, next].includes(await kid('next')))
  },
)

test.serial('J-04: every process uses the new keys without a restart, and older tokens stay valid', async t => {
  const other = await gatehouse.another()
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const before = await rp.signIn(ada)
  await rotate()
  const [current, next] = [await kid('current'), await kid('next')]
  for (const url of [gatehouse.url, other.url]) {
    t.true(await eventually(async () => (await published(url)).includes(next)), url)
  }
  const after = await rp.signIn(ada)
  t.is(decodeProtectedHeader(after.tokens.id_token!).kid, current)
  const old = decodeProtectedHeader(before.tokens.id_token!).kid!
  t.not(old, current)
  t.true((await published()).includes(old))
  t.is((await rp.userinfo(before.tokens.access_token, ada.id)).sub, ada.id)
})

test.serial('two rotations at once, in two processes, run one after the other', async t => {
  const other = (await gatehouse.another()).app
  const there = () => other.scope(() => other.keys.rotate({ by: operator, now: true }))
  await t.notThrowsAsync(Promise.all([rotate(), there(), rotate()]))
  const all = await stages()
  t.deepEqual(all.slice(0, 4), FRESH)
  t.is(all.length, 4 + 3 * 2)
})

test.serial('a retired key is removed once all its tokens have expired, and not before', async t => {
  const { keys, scope, config } = gatehouse.app
  const old = await kid('current')
  await rotate()
  // ID tokens are used as hints until the session ends.
  const life = config.sessionTtl + 2 * 60 * 60
  clock.advance(life - 5)
  t.is(await scope(() => keys.prune()), 0)
  clock.advance(10)
  t.is(await scope(() => keys.prune()), 2)
  t.deepEqual(await stages(), FRESH)
  t.true(await eventually(async () => !(await published()).includes(old)))
})

test.serial(
  'J-04: a removed retired key no longer verifies tokens, and current and next keys cannot be removed',
  async t => {
    const { keys, scope } = gatehouse.app
    const remove = (id: string) => scope(() => keys.remove(id, { by: operator }))
    const old = await kid('current')
    for (const id of [old, await kid('next')]) await t.throwsAsync(remove(id), { instanceOf: Conflict })
    await t.throwsAsync(remove('no such key'), { instanceOf: NotFound })
    await rotate()
    await remove(old)
    await t.throwsAsync(remove(old), { instanceOf: NotFound })
    t.true(await eventually(async () => !(await published()).includes(old)))
  },
)

test.serial('creating and rotating keys is recorded with the actor, without the keys', async t => {
  await rotate()
  const rows = await gatehouse.app.em
    .fork()
    .execute<{ kind: string; actor_kind: string }[]>("select * from audit_event where kind like 'key.%' order by id")
  const events = rows.map(row => `${row.kind} by ${row.actor_kind}`)
  t.deepEqual(events, [
    ...Array(4).fill('key.created by system'),
    ...Array(2).fill('key.created by operator'),
    'key.rotated by operator',
  ])
})

test.serial(
  'F-8: a key signs only after every cached key set must contain it, unless an operator uses --now',
  async t => {
    const { app } = gatehouse
    const waiting = () => app.scope(() => app.keys.rotate({ by: operator }))
    await removeAll()
    await app.scope(() => app.keys.ensure())
    clock.advance(60)
    await waiting()
    t.pass('the first next keys have been in the key set from the start')
    const signing = await kid('current')
    for (const retry of [1, 60 * 60, 22 * 60 * 60]) {
      clock.advance(retry)
      const refused = await t.throwsAsync(waiting(), { instanceOf: Conflict })
      t.regex(refused.message, /wait until \d{4}-\d\d-\d\d \d\d:\d\d UTC, or use --now/)
      t.is(await kid('current'), signing)
    }
    for (const key of await list())
      if (key.stage === 'retired') await app.scope(() => app.keys.remove(key.kid, { by: operator }))
    await t.throwsAsync(waiting(), { instanceOf: Conflict }, 'removing the retired keys does not help')
    clock.advance(60 * 60)
    const racing = await Promise.allSettled([waiting(), waiting()])
    t.deepEqual(racing.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    t.not(await kid('current'), signing)
    await t.notThrowsAsync(rotate(), '--now rotates at once')
  },
)
