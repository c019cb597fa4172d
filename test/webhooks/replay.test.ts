import test from 'ava'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { Hooks, verify } from './hooks.ts'

// Tests trigger later attempts themselves.
const gatehouse = await startGatehouse({
  env: { OUTBOUND_ALLOW: '127.0.0.1' },
  queueIntervals: { ...QUICK, retry: 600 },
})
const { app } = gatehouse
const hooks = new Hooks(gatehouse)
test.after.always(() => gatehouse.stop())

const recorded = (kind: string, target: string) =>
  app.scope(async () =>
    (await app.audit.of(null, { kinds: [kind], limit: 1000 })).filter(each => each.target === target),
  )

test('a delivery that failed for good is recorded once, sent to no webhook, and can be replayed', async t => {
  let status = 500
  const { id, secret, receiver } = await hooks.open(t, {
    kinds: ['deletion.scheduled'],
    respond: response => void response.writeHead(status).end(),
  })
  const all = await hooks.open(t, { kinds: ['webhook.', 'deletion.scheduled'] })
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  for (const person of [ada, grace]) await hooks.happen('deletion.scheduled', person)
  await hooks.settled(id, 'waiting', { count: 2 })
  await hooks.due(id, { last: true })
  const failed = await hooks.settled(id, 'failed', { count: 2, attempts: 2 })
  for (const each of failed)
    t.like(each, { lastStatus: 500, lastError: 'the receiver answered 500', nextAttemptAt: null })
  t.is((await recorded('webhook.undelivered', id)).length, 1)
  t.like((await recorded('webhook.undelivered', id))[0], { success: false, actorKind: 'system', subject: null })
  t.truthy((await hooks.cli.json(`webhooks show ${id}`)).undeliveredSince)

  t.false((await hooks.deliveries(all.id)).some(({ kind }) => kind === 'webhook.undelivered'))
  await hooks.cli.json(`webhooks update ${all.id} --description "Everything"`)
  t.true((await hooks.deliveries(all.id)).some(({ kind }) => kind === 'webhook.updated'))

  status = 200
  const before = receiver.received.length
  t.deepEqual(await hooks.cli.json(`webhooks replay ${id} --failed`), { webhook: id, queued: 2 })
  await hooks.settled(id, 'delivered', { count: 2, attempts: 3 })
  const again = receiver.received.slice(before)
  t.deepEqual(again.map(({ id }) => id).sort(), failed.map(({ event }) => event).sort())
  for (const each of again) t.notThrows(() => verify(secret, each))
  t.is((await hooks.cli.json(`webhooks show ${id}`)).undeliveredSince, null)
  t.deepEqual(await hooks.deliveries(id, '--failed'), [])
})

test('one delivery, or all events since a time, are sent again under the same webhook-id', async t => {
  const { id, receiver } = await hooks.open(t, { kinds: ['deletion.cancelled'] })
  const people = [await makePerson(gatehouse), await makePerson(gatehouse), await makePerson(gatehouse)]
  await hooks.happen('deletion.cancelled', people[0]!)
  const [first] = await hooks.settled(id, 'delivered')
  const start = new Date().toISOString()
  for (const person of people.slice(1)) await hooks.happen('deletion.cancelled', person)
  await hooks.settled(id, 'delivered', { count: 3 })

  t.is(
    (await hooks.cli.run(`webhooks replay ${id} --delivery ${first!.id}`)).out,
    `1 event is queued for webhook ${id}.\n`,
  )
  await receiver.arrived(4)
  t.is(receiver.received[3]!.id, first!.event)

  t.like(await hooks.cli.json(`webhooks replay ${id} --since ${start}`), { queued: 2 })
  await receiver.arrived(6)
  const since = receiver.received.slice(4).map(({ body }) => body.data.subject)
  t.deepEqual(
    since.sort(),
    people
      .slice(1)
      .map(person => person.id)
      .sort(),
  )
  await hooks.settled(id, 'delivered', { count: 3, attempts: 2 })

  const other = await hooks.open(t, { kinds: ['deletion.cancelled'] })
  t.like(await hooks.cli.json(`webhooks replay ${other.id} --since 1h`), { queued: 3 })
  await hooks.settled(other.id, 'delivered', { count: 3 })
  const idsOf = ({ received }: typeof receiver) => [...new Set(received.map(({ id }) => id))].sort()
  t.deepEqual(idsOf(other.receiver), idsOf(receiver))
  t.is((await hooks.cli.run(`webhooks replay ${other.id} --delivery ${first!.id}`)).code, 3)
})

test('a replay takes the place of an attempt that waits', async t => {
  let status = 500
  const { id, receiver } = await hooks.open(t, {
    kinds: ['factors.reset'],
    respond: response => void response.writeHead(status).end(),
  })
  await hooks.happen('factors.reset', await makePerson(gatehouse))
  const [waiting] = await hooks.settled(id, 'waiting')
  status = 200
  await hooks.cli.json(`webhooks replay ${id} --delivery ${waiting!.id}`)
  await hooks.settled(id, 'delivered', { attempts: 2 })
  await hooks.due(id)
  await hooks.finished(id)
  t.is(receiver.received.length, 2)
})

test('a disabled webhook gets nothing; what waited is sent once it is enabled, the rest by a replay', async t => {
  let status = 503
  const { id, receiver } = await hooks.open(t, {
    kinds: ['account.unlocked'],
    respond: response => void response.writeHead(status).end(),
  })
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const start = new Date().toISOString()
  await hooks.happen('account.unlocked', ada)
  await hooks.settled(id, 'waiting')
  await hooks.cli.json(`webhooks update ${id} --disable`)
  await hooks.happen('account.unlocked', grace)
  await hooks.due(id)
  await hooks.finished(id)
  t.is(receiver.received.length, 1)
  const [held] = await hooks.settled(id, 'waiting')
  t.is(held!.nextAttemptAt, null)
  t.like(await hooks.cli.run(`webhooks replay ${id} --since ${start}`), { code: 4 })

  status = 200
  await hooks.cli.json(`webhooks update ${id} --enable`)
  await hooks.settled(id, 'delivered', { attempts: 2 })
  t.is(receiver.received.at(-1)!.body.data.subject, ada.id)
  await hooks.cli.json(`webhooks replay ${id} --since ${start}`)
  await hooks.settled(id, 'delivered', { count: 2 })
  t.true(receiver.received.some(({ body }) => body.data.subject === grace.id))
})

test('410 disables the webhook, and says so in the audit log', async t => {
  const { id, receiver } = await hooks.open(t, {
    kinds: ['profile.updated'],
    respond: response => void response.writeHead(410).end(),
  })
  await hooks.happen('profile.updated', await makePerson(gatehouse))
  const [delivery] = await hooks.settled(id, 'failed')
  t.like(delivery, { lastStatus: 410, attempts: 1 })
  t.like(await hooks.cli.json(`webhooks show ${id}`), { enabled: false, undeliveredSince: null })
  const [updated] = await recorded('webhook.updated', id)
  t.like(updated, { reason: 'gone', actorKind: 'system' })
  t.deepEqual(await recorded('webhook.undelivered', id), [])
  await hooks.happen('profile.updated', await makePerson(gatehouse))
  t.is((await hooks.deliveries(id)).length, 1)
  await hooks.finished(id)
  t.is(receiver.received.length, 1)
})

test('what waits for a webhook that is removed is not sent, and nothing of it stays', async t => {
  const { id, receiver } = await hooks.open(t, {
    kinds: ['factors.reset-cancelled'],
    respond: response => void response.writeHead(500).end(),
  })
  await hooks.happen('factors.reset-cancelled', await makePerson(gatehouse))
  await hooks.settled(id, 'waiting')
  t.is((await hooks.cli.run(`webhooks remove ${id}`)).code, 2, 'needs to be confirmed')
  await hooks.cli.json(`webhooks remove ${id} --yes`)
  await hooks.happen('factors.reset-cancelled', await makePerson(gatehouse))
  await hooks.due(id)
  await hooks.finished(id)
  t.is(receiver.received.length, 1)
  const rows = await app.em.fork().execute('select id from webhook_delivery where webhook_id = ?', [id])
  t.deepEqual(rows, [])
  t.is((await hooks.cli.run(`webhooks deliveries ${id}`)).code, 3)
})
