import { randomUUID } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const unique = () => `${randomUUID()}@example.org`

/** Registers an account as an operator does, without a password or roles. */
const register = (email: string, name?: string, { accounts, scope } = app) =>
  scope(async () => {
    const account = accounts.register({ email, name: name ?? null }, { by: operator })
    await accounts.flush()
    return account
  })

test('an account is found by ID and by email, regardless of case and spaces', async t => {
  const email = unique()
  const { id } = await register(email, 'Ada')
  for (const typed of [id, email, ` ${email.toUpperCase()} `]) {
    t.like(await app.scope(() => app.accounts.find(typed)), { id, email, name: 'Ada', emailVerified: false })
  }
})

test('a new account is active and unverified, and its summary has no secret', async t => {
  const account = await register(unique())
  t.true(account.active)
  t.deepEqual(Object.keys(account.summary()), [
    'id',
    'email',
    'emailVerified',
    'name',
    'username',
    'active',
    'suspendedAt',
    'deletionDue',
    'createdAt',
  ])
  t.like(account.summary(), { emailVerified: false, name: null, active: true, suspendedAt: null })
})

test('an unknown or malformed name finds no account', async t => {
  for (const name of [unique(), randomUUID(), 'ada', '', '\0', "' or 1=1 --"]) {
    await t.throwsAsync(
      app.scope(() => app.accounts.find(name)),
      { instanceOf: NotFound },
      JSON.stringify(name),
    )
  }
  t.is(await app.scope(() => app.accounts.findByEmail('no address')), null)
})

test('an email that is taken is refused in every spelling, and its account is unchanged', async t => {
  const email = unique()
  const { id } = await register(email, 'Ada')
  for (const spelling of [email, email.toUpperCase(), email.replace('@example', '@ｅxample')]) {
    await t.throwsAsync(register(spelling, 'Eve'), { instanceOf: Conflict }, spelling)
  }
  t.like(await app.scope(() => app.accounts.find(email)), { id, name: 'Ada' })
})

test('N-04: of many simultaneous registrations of one email, in two processes and many spellings, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const email = unique()
  const spellings = Array.from({ length: 20 }, (_, i) => (i % 2 ? email.toUpperCase() : email))
  const results = await Promise.allSettled(
    spellings.map((spelling, i) => register(spelling, `${i}`, i % 3 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Conflict)
  const winner = results.findIndex(({ status }) => status === 'fulfilled')
  const found = await app.scope(() => app.accounts.list({ search: email }))
  t.deepEqual(
    found.map(({ name }) => name),
    [`${winner}`],
  )
})

test('a refused registration is not in the audit log', async t => {
  const email = unique()
  await register(email)
  await t.throwsAsync(register(email))
  const recorded = await app.em
    .fork()
    .execute("select * from audit_event where kind = 'account.registered' and subject not in (select id from account)")
  t.deepEqual(recorded, [])
})

test('P-09: a name is stored as one line of limited length', async t => {
  const { name } = await register(unique(), '  Ada\r\nBcc: eve@example.org\0 ')
  t.is(name, 'Ada  Bcc: eve@example.org')
  t.is((await register(unique(), ' \t ')).name, null)
  t.is((await register(unique(), '<b>Ада</b> 🗝')).name, '<b>Ада</b> 🗝')
  const error = await t.throwsAsync(register(unique(), 'x'.repeat(201)), { instanceOf: InvalidInput })
  t.deepEqual(error?.fields, { name: 'too-long' })
})
