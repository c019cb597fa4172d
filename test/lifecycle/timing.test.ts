import test, { type ExecutionContext } from 'ava'
import { WrongCredentials } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const env = {
  EMAIL_VERIFICATION: 'required',
  EMAIL_LIMIT_IP: '100000/1h',
  EMAIL_LIMIT_ADDRESS: '100000/1h',
  SIGN_IN_LIMIT_ACCOUNT: '100000/1h',
  // Slow enough for an answer without hashing to be noticed.
  PASSWORD_HASHING: 'm=4096,t=1,p=1',
}
const gatehouse = await startGatehouse({ env })
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const SAMPLES = 80

/** Alternates the two requests, so that other load affects both, and compares medians, which ignore outliers. */
async function takeEquallyLong(
  t: ExecutionContext,
  known: () => Promise<unknown>,
  unknown: () => Promise<unknown>,
): Promise<void> {
  const times: [number[], number[]] = [[], []]
  for (let sample = -10; sample < SAMPLES; sample++) {
    const order = sample % 2 ? [0, 1] : [1, 0]
    for (const which of order) {
      const begun = performance.now()
      await (which === 0 ? known : unknown)()
      if (sample >= 0) times[which]!.push(performance.now() - begun)
    }
  }
  const [one, other] = times.map(median) as [number, number]
  const noise = Math.max(...times.map(uncertainty))
  t.log(`known ${one.toFixed(2)} ms, unknown ${other.toFixed(2)} ms, noise ${noise.toFixed(2)} ms`)
  t.true(Math.abs(one - other) < Math.max(noise, 1), `medians ${one} and ${other} ms`)
}

test.serial('L-10: requesting a password reset takes as long without an account as with one', async t => {
  const ada = await makePerson(gatehouse)
  const request = (email: string) => app.scope(() => app.passwordReset.request(email, { by: stranger() }))
  await takeEquallyLong(
    t,
    () => request(ada.email),
    () => request(testAccounts.fresh('nobody')),
  )
})

test.serial(
  'L-10: requesting a sign-in email takes as long for an unknown or suspended account as for an active one',
  async t => {
    const [ada, suspended] = [await makePerson(gatehouse), await makePerson(gatehouse)]
    await app.scope(() => app.suspension.suspend(suspended.id, { by: stranger() }))
    const place = { interaction: 'interaction', browser: 'browser' }
    const request = (email: string) => app.scope(() => app.signInEmails.request(email, place, { by: stranger() }))
    const known = () => request(ada.email)
    await takeEquallyLong(t, known, () => request(testAccounts.fresh('nobody')))
    await takeEquallyLong(t, known, () => request(suspended.email))
  },
)

test.serial('L-10: checking a wrong emailed code takes as long without an account as with one', async t => {
  const places = ['0', '1'].map(interaction => ({ interaction, browser: 'browser' }))
  const [hers, nobodys] = places as [(typeof places)[0], (typeof places)[0]]
  await app.scope(() => app.signInEmails.request(testAccounts.fresh('nobody'), nobodys, { by: stranger() }))
  const ada = await makePerson(gatehouse)
  await app.scope(() => app.signInEmails.request(ada.email, hers, { by: stranger() }))
  const type = (place: typeof hers) =>
    t.throwsAsync(
      app.scope(() => app.emailSignIn.withCode(place, { code: '0000-0000' }, { by: stranger() })),
      { instanceOf: WrongCredentials },
    )
  await takeEquallyLong(
    t,
    () => type(hers),
    () => type(nobodys),
  )
})

test.serial('L-10: registering takes as long with a taken email as with a free one', async t => {
  const ada = await makePerson(gatehouse)
  const apply = (email: string) =>
    app.scope(() => app.registration.apply({ email, password: PASSWORD }, { by: stranger() }))
  await takeEquallyLong(
    t,
    () => apply(ada.email),
    () => apply(testAccounts.fresh()),
  )
})

test.serial(
  'L-10: registering the email of a pending registration takes as long as registering a taken email',
  async t => {
    const [ada, pending] = [await makePerson(gatehouse), testAccounts.fresh()]
    const apply = (email: string) =>
      app.scope(() => app.registration.apply({ email, password: PASSWORD }, { by: stranger() }))
    await takeEquallyLong(
      t,
      () => apply(ada.email),
      () => apply(pending),
    )
  },
)

test.serial('L-10: changing to a taken email takes as long as to a free one', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const move = (email: string) =>
    testAccounts.with(ada.id, account => app.emailChange.request(account, email, { by: stranger() }))
  await takeEquallyLong(
    t,
    () => move(grace.email),
    () => move(testAccounts.fresh()),
  )
})

function sorted(times: number[]): number[] {
  return times.toSorted((a, b) => a - b)
}

function median(times: number[]): number {
  return sorted(times)[Math.floor(times.length / 2)]!
}

/** Four standard errors of the difference of two medians, estimated from the interquartile range. */
function uncertainty(times: number[]): number {
  const all = sorted(times)
  const quartiles = all[Math.floor(all.length * 0.75)]! - all[Math.floor(all.length * 0.25)]!
  return (4 * Math.SQRT2 * 0.93 * quartiles) / Math.sqrt(times.length)
}
