import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Busy, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD, type Person } from '../support/people.ts'
import { signInWithPassword } from '../support/sign-in-with-password.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_ACCOUNT: '5/5m', SIGN_IN_LIMIT_IP: '20/24h' } })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

/** Each test uses its own network, so that tests do not use up each other's attempts. */
let networks = 0
const freshIp = () => `198.51.100.${networks++}`

const signIn = (email: string, password = PASSWORD, ip = freshIp(), at = app) =>
  at.scope(() =>
    signInWithPassword(
      at,
      { email, password },
      { by: { kind: 'visitor', id: null, ip, userAgent: 'test' }, target: 'shop' },
    ),
  )
const wrong = (email: string, ip?: string) => signIn(email, 'wrong', ip)
const history = async ({ id }: Person) =>
  (await app.scope(() => app.audit.of(id))).map(({ kind, reason }) => `${kind}${reason ? ` ${reason}` : ''}`)

test('the right password signs a person in, and the audit log has the IP address and the application', async t => {
  const ada = await makePerson(gatehouse)
  const ip = freshIp()
  t.is((await signIn(` ${ada.email.toUpperCase()} `, PASSWORD, ip)).account.id, ada.id)
  const [event] = await app.scope(() => app.audit.of(ada.id))
  t.like(event?.summary(), { kind: 'sign-in.succeeded', success: true, actor: `account:${ada.id}`, target: 'shop', ip })
})

test('L-10: every failed sign-in gets the same answer, and the audit log has the reason', async t => {
  const [ada, suspended] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  await app.scope(() => app.suspension.suspend(suspended.id, { by: operator }))
  const without = await app.scope(() => app.registration.create({ email: 'without@example.org' }, { by: operator }))
  const answers = await Promise.all(
    [
      wrong(ada.email),
      signIn(ada.email, ''),
      signIn(suspended.email),
      wrong(suspended.email),
      signIn(without.email),
      signIn('nobody@example.org'),
      signIn('no address'),
      signIn(''),
      signIn('\0'),
    ].map(attempt => t.throwsAsync(attempt, { instanceOf: WrongCredentials })),
  )
  for (const answer of answers) t.is(answer?.message, answers[0]!.message)
  t.deepEqual((await history(ada)).slice(0, 2), Array(2).fill('sign-in.refused wrong-password'))
  t.deepEqual((await history(suspended)).slice(0, 2).sort(), [
    'sign-in.refused suspended',
    'sign-in.refused wrong-password',
  ])
})

test('an IP address with no attempts left does not use up the attempts of accounts', async t => {
  const ip = freshIp()
  for (let i = 0; i < 20; i++)
    await t.throwsAsync(wrong(`nobody${i}@example.org`, ip), { instanceOf: WrongCredentials })
  const ada = await makePerson(gatehouse)
  for (let i = 0; i < 10; i++) await t.throwsAsync(wrong(ada.email, ip), { instanceOf: TooManyAttempts })
  t.is((await signIn(ada.email)).account.id, ada.id)
})

test('L-01: an account has a limited number of attempts from all addresses, after which the right password is refused too', async t => {
  const ada = await makePerson(gatehouse)
  for (let i = 0; i < 5; i++) await t.throwsAsync(wrong(ada.email), { instanceOf: WrongCredentials })
  for (const email of [ada.email, ada.email.toUpperCase(), ` ${ada.email}`]) {
    const refusal = await t.throwsAsync(signIn(email), { instanceOf: TooManyAttempts })
    t.true(refusal!.retryAfter <= 60)
  }
  const grace = await makePerson(gatehouse)
  await t.notThrowsAsync(signIn(grace.email))
})

test('L-01: attempts for an address without an account are counted in the same way', async t => {
  for (let i = 0; i < 5; i++) await t.throwsAsync(wrong('stranger@example.org'), { instanceOf: WrongCredentials })
  await t.throwsAsync(wrong('stranger@example.org'), { instanceOf: TooManyAttempts })
})

test('L-01: simultaneous attempts are counted before their passwords are verified', async t => {
  const ada = await makePerson(gatehouse)
  const other = (await gatehouse.another()).app
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) => signIn(ada.email, 'wrong', freshIp(), i % 2 ? app : other)),
  )
  const reasons = results.map(result => (result.status === 'rejected' ? result.reason : null))
  t.is(reasons.filter(reason => reason instanceof WrongCredentials || reason instanceof Busy).length, 5)
  t.is(reasons.filter(reason => reason instanceof TooManyAttempts).length, 25)
})

test('L-02: attempts from one network are limited, whichever accounts they are for', async t => {
  const network = (host: number) => `2001:db8:7:7::${host}`
  for (let i = 0; i < 20; i++) {
    await t.throwsAsync(wrong(`person-${i}@example.org`, network(i)), { instanceOf: WrongCredentials })
  }
  const ada = await makePerson(gatehouse)
  await t.throwsAsync(signIn(ada.email, PASSWORD, network(99)), { instanceOf: TooManyAttempts })
  await t.notThrowsAsync(signIn(ada.email, PASSWORD, '2001:db8:7:8::1'))
})

test('successful sign-ins are never limited', async t => {
  const ada = await makePerson(gatehouse)
  const ip = freshIp()
  for (let i = 0; i < 30; i++) {
    // The attempt is refunded shortly after the response.
    t.true(
      await eventually(() =>
        signIn(ada.email, PASSWORD, ip).then(
          () => true,
          () => false,
        ),
      ),
    )
  }
})

test('P-07: no password is in the audit log', async t => {
  const ada = await makePerson(gatehouse)
  const secret = 'a wrong password that must not be seen'
  await t.throwsAsync(signIn(ada.email, secret))
  await signIn(ada.email)
  const rows = JSON.stringify(await app.em.fork().execute('select * from audit_event'))
  t.false(rows.includes(secret) || rows.includes(PASSWORD))
})
