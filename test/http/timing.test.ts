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
 * Samples are taken in turns, and each is compared with its neighbours of the same round: what slows the machine for a
 * while slows all of them. What would tell is a missing or second hash, so half of one is the measure.
 */
test('L-10: the time does not reveal whether there is an account, a password or a suspension', async t => {
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
    // Each round begins elsewhere, so that none always follows the same neighbour.
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

  /** What one check of a password costs here, ms. */
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
