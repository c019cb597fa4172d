import { randomUUID } from 'node:crypto'
import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput } from '../../src/base/refusals.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'

const visitor = { kind: 'visitor', id: null, ip: '192.0.2.1', userAgent: 'test' } as const
const unique = () => `${randomUUID()}@example.org`
const DAY = 24 * 60 * 60

let clock: MovingClock
let gatehouse: Gatehouse
let app: App

// Each test has its own installation without a superuser.
test.beforeEach(async () => {
  clock = new MovingClock()
  gatehouse = await startGatehouse({ clock })
  app = gatehouse.app
})
test.afterEach.always(() => gatehouse.stop())

const link = async ({ scope, setup } = app) => (await scope(() => setup.link())) ?? ''
const complete = (token: string, applicant = { email: unique(), password: PASSWORD }, { scope, setup } = app) =>
  scope(() => setup.complete(token, applicant, { by: visitor }))
const superusers = async () =>
  (await app.em.fork().execute("select 1 from assignment where role_name = 'superuser'")).length

test.serial('the link creates the first superuser, with a verified email, once', async t => {
  const token = await link()
  t.true(await app.scope(() => app.setup.open(token)))
  const account = await complete(token)
  t.true(account.emailVerified)
  t.deepEqual(await app.scope(() => app.assignments.rolesOf(account)), ['subscriber', 'superuser'])
  t.true(await app.scope(() => app.passwords.verify(account, PASSWORD)))

  t.false(await app.scope(() => app.setup.open(token)))
  t.is((await t.throwsAsync(complete(token), { instanceOf: Forbidden }))?.code, 'link_invalid')
  t.is(await app.scope(() => app.setup.link()), null)
  t.is(await superusers(), 1)
})

test.serial('opening the link changes nothing, and an invalid form does not use it up', async t => {
  const token = await link()
  for (let look = 0; look < 3; look++) t.true(await app.scope(() => app.setup.open(token)))
  await t.throwsAsync(complete(token, { email: unique(), password: 'short' }), { instanceOf: InvalidInput })
  await t.throwsAsync(complete(token, { email: 'no address', password: PASSWORD }), { instanceOf: InvalidInput })
  const { email } = await makePerson(gatehouse)
  await t.throwsAsync(complete(token, { email, password: PASSWORD }), { instanceOf: InvalidInput })
  t.is(await superusers(), 0)
  await t.notThrowsAsync(complete(token))
})

test.serial('A-05: of many requests with the link at once, in two processes, one creates a superuser', async t => {
  const other = (await gatehouse.another()).app
  const token = await link()
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => complete(token, undefined, i % 2 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Forbidden)
  t.is(await superusers(), 1)
  t.is(await app.scope(() => app.accounts.count()), 1)
})

test.serial('A-05: setup links that two processes create at once create one superuser', async t => {
  const other = (await gatehouse.another()).app
  for (let round = 0; round < 5; round++) {
    const tokens = await Promise.all([link(app), link(other), link(app)])
    const results = await Promise.allSettled(tokens.map((token, i) => complete(token, undefined, i % 2 ? app : other)))
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    t.is(await superusers(), 1)
    await app.em.fork().execute('delete from account')
  }
})

test.serial('a newer link replaces the older one, and expires after a day', async t => {
  const [older, newer] = [await link(), await link()]
  t.false(await app.scope(() => app.setup.open(older)))
  await t.throwsAsync(complete(older), { instanceOf: Forbidden })
  clock.advance(DAY - 5)
  t.true(await app.scope(() => app.setup.open(newer)))
  clock.advance(5)
  t.false(await app.scope(() => app.setup.open(newer)))
  await t.throwsAsync(complete(newer), { instanceOf: Forbidden })
  t.is(await superusers(), 0)
})

test.serial('C-09: a password reset link or a guess creates no superuser', async t => {
  const { id } = await makePerson(gatehouse)
  const { token } = await app.scope(() => app.passwordReset.link(id, { by: operator }))
  await link()
  for (const wrong of [token, '', 'guess', '%']) {
    t.false(await app.scope(() => app.setup.open(wrong)))
    await t.throwsAsync(complete(wrong), { instanceOf: Forbidden })
  }
  t.is(await superusers(), 0)
})

test.serial('an operator creates a superuser, or promotes an existing account', async t => {
  const create = (applicant: { email: string; password?: string }) =>
    app.scope(() => app.setup.createSuperuser(applicant, { by: operator }))
  const email = unique()
  t.true((await create({ email, password: PASSWORD })).made)
  const ada = await makePerson(gatehouse)
  const promoted = await create({ email: ada.email.toUpperCase(), password: 'another one, much longer' })
  t.false(promoted.made)
  t.is(promoted.account.id, ada.id)
  t.deepEqual(await app.scope(() => app.assignments.rolesOf(promoted.account)), ['subscriber', 'superuser'])
  t.false(await app.scope(() => app.passwords.verify(promoted.account, PASSWORD)))
  t.true(await app.scope(() => app.passwords.verify(promoted.account, 'another one, much longer')))
  t.false((await create({ email: ada.email })).made)
  t.true(await app.scope(() => app.passwords.verify(promoted.account, 'another one, much longer')))
  t.is(await superusers(), 2)
})
