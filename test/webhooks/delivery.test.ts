import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { waitFor } from '../support/wait-for.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { Hooks, verify } from './hooks.ts'

const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, queueIntervals: QUICK })
const { app } = gatehouse
const hooks = new Hooks(gatehouse)
test.after.always(() => gatehouse.stop())

const by = operator
const suspend = (id: string) => app.scope(() => app.suspension.suspend(id, { by }))
const reinstate = (id: string) => app.scope(() => app.suspension.reinstate(id, { by }))

test('a sign-in arrives as a signed event, as the audit log lists it, and only where it is wanted', async t => {
  const wanted = await hooks.open(t, { kinds: ['sign-in.'] })
  const other = await hooks.open(t, { kinds: ['factor.', 'token.reused'] })
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  await rp.signIn(ada)

  const [got] = await wanted.receiver.arrived(1)
  const [listed] = await hooks.cli.json<{ id: string; at: string }[]>(`accounts history ${ada.email} --kind sign-in.`)
  t.deepEqual(got!.body, { type: 'sign-in.succeeded', timestamp: listed!.at, data: { ...listed! } })
  t.like(got!.body.data, { subject: ada.id, target: rp.id, ip: '127.0.0.1', success: true })
  t.is(got!.id, listed!.id)
  t.like(got!.headers, { 'content-type': 'application/json', 'user-agent': 'Gatehouse' })
  t.deepEqual(verify(wanted.secret, got!), got!.body)
  t.throws(() => verify(other.secret, got!), { message: /No matching signature/ })

  const [delivery] = await hooks.settled(wanted.id, 'delivered')
  t.like(delivery, { event: got!.id, kind: 'sign-in.succeeded', attempts: 1, lastStatus: 204, lastError: null })
  t.is(delivery!.nextAttemptAt, null)
  t.deepEqual(await hooks.deliveries(other.id), [])
  t.deepEqual(other.receiver.received, [])
})

test('a change that is rolled back is not delivered', async t => {
  const { id, receiver } = await hooks.open(t, { kinds: ['account.reinstated'] })
  const ada = await makePerson(gatehouse)
  await suspend(ada.id)
  const failing = app.scope(() =>
    app.atomically(async () => {
      await app.suspension.reinstate(ada.id, { by })
      throw new Error('the change failed')
    }),
  )
  await t.throwsAsync(failing, { message: 'the change failed' })
  t.deepEqual(await hooks.deliveries(id), [])
  await reinstate(ada.id)
  await receiver.arrived(1)
  t.is((await hooks.settled(id, 'delivered')).length, 1)
  t.is(receiver.received.length, 1)
})

test('a receiver that is down for ten minutes gets every event once it is back, each under one webhook-id', async t => {
  const port = await freePort()
  const { id, secret } = await hooks.add(`http://127.0.0.1:${port}/hooks`, ['deletion.'])
  const people = await Promise.all([1, 2, 3].map(() => makePerson(gatehouse)))
  for (const person of people) await hooks.happen('deletion.scheduled', person)
  const down = await hooks.settled(id, 'waiting', { count: 3 })
  for (const each of down) {
    t.is(each.lastError, 'the connection was refused')
    t.truthy(each.nextAttemptAt)
  }

  let failures = 1
  const receiver = await WebhookReceiver.open(t, {
    port,
    respond: response => void response.writeHead(failures-- > 0 ? 503 : 200).end(),
  })
  await hooks.due(id)
  await receiver.arrived(1)
  // Whatever failed meanwhile is due again.
  const done = waitFor(async () => {
    await hooks.due(id)
    return (await hooks.deliveries(id)).every(({ state }) => state === 'delivered')
  })
  await done
  const ids = receiver.received.map(({ id }) => id)
  const delivered = await hooks.deliveries(id)
  t.deepEqual([...new Set(ids)].sort(), down.map(({ event }) => event).sort())
  t.is(ids.length, 4, 'the one that was answered with 503 came twice')
  const subjects = new Set(receiver.received.map(({ body }) => body.data.subject))
  t.deepEqual([...subjects].sort(), people.map(person => person.id).sort())
  for (const each of receiver.received) t.notThrows(() => verify(secret, each))
  for (const { attempts, lastStatus } of delivered) t.deepEqual([attempts > 1, lastStatus], [true, 200])
})

test('a receiver that hangs does not hold up the others, nor the change itself', async t => {
  const kinds = ['account.unlocked']
  const hanging = await hooks.open(t, { kinds, respond: () => {} })
  const quick = await hooks.open(t, { kinds })
  const ada = await makePerson(gatehouse)
  for (let count = 0; count < 8; count++) await hooks.happen('account.unlocked', ada)
  await quick.receiver.arrived(8)
  await hooks.settled(quick.id, 'delivered', { count: 8 })
  t.true(hanging.receiver.received.length <= 2, 'at most two at a time')
  t.true((await hooks.deliveries(hanging.id, '--waiting')).length === 8)
})

test('many events of one change arrive, each once', async t => {
  const { id, receiver } = await hooks.open(t, { kinds: ['role.unassigned', 'role.removed'] })
  await hooks.cli.json('roles create reader --description "Reads"')
  const people = await Promise.all(Array.from({ length: 12 }, () => makePerson(gatehouse, { roles: ['reader'] })))
  await hooks.cli.json('roles remove reader --yes')
  await hooks.settled(id, 'delivered', { count: 13 })
  const unassigned = receiver.received.filter(({ body }) => body.type === 'role.unassigned')
  t.deepEqual(unassigned.map(({ body }) => body.data.subject).sort(), people.map(person => person.id).sort())
  t.is(new Set(receiver.received.map(({ id }) => id)).size, 13)
})

test('a webhook that is registered in one process gets the events of another', async t => {
  const there = await gatehouse.another()
  const { receiver, secret } = await new Hooks(there).open(t, { kinds: ['account.compromise-reported'] })
  const ada = await makePerson(gatehouse)
  await waitFor(async () => {
    await hooks.happen('account.compromise-reported', ada)
    return receiver.received.length > 0
  })
  t.notThrows(() => verify(secret, receiver.received[0]!))
})
