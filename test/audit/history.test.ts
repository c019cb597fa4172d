import test from 'ava'
import { type Actor, operator } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { FIREFOX } from '../support/user-agents.ts'

const { app, stop } = await startGatehouse()
const { audit, history, scope } = app
test.after.always(stop)

const visitor: Actor = { kind: 'visitor', id: null, ip: '203.0.113.7', userAgent: FIREFOX }

/** An account with so many events: in turn failed sign-ins, successful sign-ins and consents. */
async function accountWith(events = 0): Promise<string> {
  const subject = newId()
  await scope(async () => {
    for (let i = 0; i < events; i += 1) {
      const about = { by: visitor, subject, target: `client-${i}` }
      if (i % 3 === 0) audit.record('sign-in.refused', { ...about, reason: 'wrong-password' })
      else audit.record(i % 3 === 1 ? 'sign-in.succeeded' : 'consent.given', about)
    }
    await app.em.flush()
  })
  return subject
}
const clients = async (subject: string, page?: Parameters<typeof history.of>[1]) =>
  (await scope(() => history.of(subject, page))).map(({ client }) => Number(client?.slice('client-'.length)))
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)

test('an event contains what happened, when, from where and on which device', async t => {
  const subject = newId()
  await scope(() => audit.write('sign-in.refused', { by: visitor, subject, target: 'shop', reason: 'wrong-password' }))
  const [{ id, at, ...rest }] = (await scope(() => history.of(subject))) as [Awaited<ReturnType<typeof history.of>>[0]]
  t.is(id.length, 36)
  t.true(Math.abs(at.getTime() - Date.now()) < 120_000)
  t.deepEqual(rest, {
    kind: 'sign-in.refused',
    success: false,
    reason: 'wrong-password',
    browser: 'Firefox',
    system: 'Linux',
    device: 'Firefox on Linux',
    ip: '203.0.113.7',
    client: 'shop',
    target: 'shop',
    provider: null,
    byOperator: false,
  })
})

test('events are newest first, and pages have no gaps when new events are added', async t => {
  const subject = await accountWith(25)
  t.deepEqual(await clients(subject), down(24, 0))
  const read: number[] = []
  let before: string | undefined
  for (let page = 0; page < 3; page += 1) {
    const events = await scope(() => history.of(subject, { limit: 10, before }))
    read.push(...events.map(({ client }) => Number(client?.slice('client-'.length))))
    before = events.at(-1)?.id
    await scope(() => audit.write('sign-in.succeeded', { by: visitor, subject, target: 'client-99' }))
  }
  t.deepEqual(read, down(24, 0))
  t.deepEqual(await scope(() => history.of(subject, { before: newId(new Date(0)) })), [])
})

test('events are filtered by kind, by prefix and by success', async t => {
  const subject = await accountWith(9)
  t.deepEqual(await clients(subject, { kinds: ['consent.given'] }), [8, 5, 2])
  t.deepEqual(await clients(subject, { kinds: ['sign-in.'] }), [7, 6, 4, 3, 1, 0])
  t.deepEqual(await clients(subject, { kinds: ['sign-in.refused', 'consent.'], limit: 3 }), [8, 6, 5])
  t.deepEqual(await clients(subject, { success: false }), [6, 3, 0])
  t.deepEqual(await clients(subject, { success: true, kinds: ['sign-in.'] }), [7, 4, 1])
  for (const kinds of [[], ['sign-in'], ['%'], ['%.'], ['_ign-in.'], ['sign-in.\0'], ["' or true --"]])
    t.deepEqual(await clients(subject, { kinds }), [], JSON.stringify(kinds))
})

test('A-02: a page cannot continue in the history of another account', async t => {
  const [ada, eve] = [await accountWith(3), await accountWith(3)]
  const [newest] = await scope(() => history.of(ada))
  const seen = await scope(() => history.of(eve, { before: newest!.id }))
  const own = new Set((await scope(() => history.of(eve))).map(({ id }) => id))
  t.true(seen.every(({ id }) => own.has(id)))
})

test('an invalid ID is refused, and the size of a page is limited', async t => {
  const subject = await accountWith(1)
  for (const before of ['', 'x', '0', "'; drop table audit_event; --", '\0'])
    await t.throwsAsync(
      scope(() => history.of(subject, { before })),
      { instanceOf: InvalidInput },
      JSON.stringify(before),
    )
  for (const limit of [-1, 0, 1]) t.is((await scope(() => history.of(subject, { limit }))).length, 1)
})

test('A-08: control characters in a User-Agent are not recorded', async t => {
  const subject = newId()
  const hostile = { ...visitor, userAgent: 'evil\r\n2026 sign-in.succeeded\u001b[2J\u202e/1.0' }
  const target = 'a\nb\u0000c'
  await scope(() => audit.write('sign-in.refused', { by: hostile, subject, target, reason: 'wrong-password' }))
  const [event] = await scope(() => history.of(subject))
  t.is(event!.client, 'a b c')
  t.is(event!.device, 'evil')
  t.notRegex(JSON.stringify(event), /\\[nru]/)
})

test('events caused by an operator are marked, and only events about a client name a client', async t => {
  const subject = newId()
  await scope(() => audit.write('role.assigned', { by: operator, subject, target: 'admin' }))
  t.like((await scope(() => history.of(subject)))[0], {
    client: null,
    target: 'admin',
    byOperator: true,
    device: '',
    ip: null,
  })
})
