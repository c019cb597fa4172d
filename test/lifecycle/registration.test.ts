import { randomUUID } from 'node:crypto'
import test from 'ava'
import type { Actor } from '../../src/base/actor.ts'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput, NotFound, TooManyAttempts } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { PASSWORD } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const unique = () => `${randomUUID()}@example.org`
const visitor = (ip: string): Actor => ({ kind: 'visitor', id: null, ip, userAgent: 'test' })
const create = (applicant: { email: string; password?: string }, roles: string[] = [], { registration, scope } = app) =>
  scope(() => registration.create(applicant, { by: operator, roles }))
const apply = (email: string, password = PASSWORD, ip = '192.0.2.1') =>
  app.scope(() => app.registration.apply({ email, password }, { by: visitor(ip) }))

async function exists(email: string): Promise<boolean> {
  return (await app.scope(() => app.accounts.findByEmail(email))) !== null
}

test('registration creates an account with a password, the default role and an unverified email', async t => {
  const email = unique()
  const { accountId: id, admitted } = await apply(email)
  t.true(admitted)
  const account = await app.scope(() => app.accounts.find(id))
  t.like(account, { email, emailVerified: false })
  t.deepEqual(await app.scope(() => app.assignments.rolesOf(account)), ['subscriber'])
  t.true(await app.scope(() => app.passwords.verify(account, PASSWORD)))
  const kinds = (await app.scope(() => app.audit.of(id))).map(event => `${event.kind} by ${event.actorKind}`)
  t.deepEqual(kinds, [
    'email.verification-requested by visitor',
    'role.assigned by visitor',
    'password.set by visitor',
    'account.registered by visitor',
  ])
})

test('every invalid field is reported at once, and nothing is stored', async t => {
  const refusal = await t.throwsAsync(apply('no address', 'short'), { instanceOf: InvalidInput })
  t.deepEqual(refusal?.fields, { email: 'invalid', password: 'too-short' })
  const email = unique()
  await t.throwsAsync(apply(email, email), { instanceOf: InvalidInput })
  t.false(await exists(email))
})

test('a role that does not exist leaves no partial account', async t => {
  for (const roles of [['no-such-role'], ['admin', 'no-such-role'], ['superuser', 'admin', 'no-such-role']]) {
    const email = unique()
    await t.throwsAsync(create({ email, password: PASSWORD }, roles), { instanceOf: NotFound })
    t.false(await exists(email), roles.join())
  }
})

test('roles that are named twice or that every account has are assigned once', async t => {
  const account = await create({ email: unique() }, ['admin', 'subscriber', 'admin'])
  t.deepEqual(await app.scope(() => app.assignments.rolesOf(account)), ['admin', 'subscriber'])
})

test('N-04: of many registrations of one email at once, in two processes, one succeeds; the others are refused', async t => {
  const other = (await gatehouse.another()).app
  for (const roles of [[], ['admin', 'superuser']]) {
    const email = unique()
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => create({ email, password: PASSWORD }, roles, i % 2 ? app : other)),
    )
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) {
      if (result.status === 'rejected') t.deepEqual(result.reason.fields, { email: 'taken' }, String(result.reason))
    }
    const account = await app.scope(() => app.accounts.find(email))
    t.deepEqual(await app.scope(() => app.assignments.rolesOf(account)), [...roles, 'subscriber'].sort())
  }
})

test('N-01: registrations from one network are limited without limiting another network', async t => {
  const small = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '3/60s' } })
  t.teardown(() => small.stop())
  const attempt = (ip: string) =>
    small.app.scope(() => small.app.registration.apply({ email: unique(), password: PASSWORD }, { by: visitor(ip) }))
  for (const host of [1, 2, 3]) await attempt(`2001:db8:1:1::${host}`)
  const refusal = await t.throwsAsync(attempt('2001:db8:1:1::4'), { instanceOf: TooManyAttempts })
  t.true(refusal!.retryAfter > 0 && refusal!.retryAfter <= 60)
  await t.notThrowsAsync(attempt('2001:db8:1:2::4'))
})

test('where registration is closed, only operators can create accounts', async t => {
  const closed = await startGatehouse({ env: { REGISTRATION: 'closed' } })
  t.teardown(() => closed.stop())
  const { registration, scope, accounts } = closed.app
  t.false(registration.open)
  const email = unique()
  const refusal = await t.throwsAsync(
    scope(() => registration.apply({ email, password: PASSWORD }, { by: visitor('192.0.2.1') })),
    { instanceOf: Forbidden },
  )
  t.is(refusal?.code, 'registration_closed')
  t.is(await scope(() => accounts.findByEmail(email)), null)
  t.is((await create({ email }, [], closed.app)).email, email)
})
