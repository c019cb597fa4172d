import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: {
    PASSWORD_HASHING: 'm=8192,t=2,p=1',
    SIGN_IN_LIMIT_ACCOUNT: '100000/15m',
    SIGN_IN_LIMIT_IP: '100000/15m',
  },
})
test.after.always(() => gatehouse.stop())

const ROUNDS = 60

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/**
 * Samples are taken in turns and compared within a round, because a slow moment of the machine affects all samples of
 * it. A leak would be a missing or additional hash, so the allowed difference is half the time of one.
 */
test('L-10: the response time does not reveal whether an account exists, has a password or is suspended', async t => {
  const { app } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const known = await makePerson(gatehouse)
  const suspended = await makePerson(gatehouse)
  await app.scope(() => app.suspension.suspend(suspended.id, { by: operator }))
  const passwordless = 'passwordless@example.org'
  await app.scope(() => app.registration.create({ email: passwordless }, { by: operator }))
  const visitors: Record<string, { email: string; password: string }> = {
    known: { email: known.email, password: 'wrong' },
    unknown: { email: 'nobody@example.org', password: 'wrong' },
    'no address at all': { email: 'nobody', password: 'wrong' },
    suspended: { email: suspended.email, password: 'wrong' },
    'suspended, right password': suspended,
    'without a password': { email: passwordless, password: 'wrong' },
  }
  const names = Object.keys(visitors)
  const browser = await new Browser(gatehouse.url).open((await rp.begin()).url.href)
  const once = async ({ email, password }: { email: string; password: string }) => {
    const start = performance.now()
    await browser.submit({ email, password })
    const took = performance.now() - start
    t.is(browser.page.status, 401)
    return took
  }
  const samples = new Map<string, number[]>(names.map(name => [name, []]))
  for (let round = -3; round < ROUNDS; round++) {
    // Each round starts with another name, so that no sample always follows the same one.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + names.length) % names.length]!
      const took = await once(visitors[name]!)
      if (round >= 0) samples.get(name)!.push(took)
    }
  }

  const hash = await hashTime()
  const reference = samples.get('known')!
  for (const name of names) {
    const difference = median(samples.get(name)!.map((took, round) => took - reference[round]!))
    t.true(Math.abs(difference) < hash / 2, `${name}: ${difference.toFixed(2)} ms; a hash takes ${hash.toFixed(2)} ms`)
  }

  /** The time of one password verification on this machine, in milliseconds. */
  async function hashTime(): Promise<number> {
    const times = []
    for (let i = 0; i < 15; i++) {
      const start = performance.now()
      await app.scope(() => app.passwords.verify(null, 'wrong'))
      times.push(performance.now() - start)
    }
    return median(times)
  }
})
