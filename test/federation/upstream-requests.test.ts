import test from 'ava'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { upstreamRequests: trips } = gatehouse.app
const provider = { id: 'one' }
const here = { to: 'interaction', uid: 'some' } as const

test.after.always(() => gatehouse.stop())

test('whoever comes back is known by the state, with what belongs to the trip', async t => {
  const trip = await trips.begin(provider, here, 'browser')
  t.deepEqual(await trips.take(trip.state, 'browser'), trip)
  t.like(trip, { providerId: 'one', destination: here })
})

test('each trip has a state, a nonce and a verifier of its own', async t => {
  const two = await Promise.all([trips.begin(provider, here, 'browser'), trips.begin(provider, here, 'browser')])
  const secrets = two.flatMap(({ state, nonce, verifier }) => [state, nonce, verifier])
  t.is(new Set(secrets).size, 6)
  t.true(secrets.every(secret => secret.length >= 43))
})

test('U-05: nobody comes back twice, however fast', async t => {
  const { state } = await trips.begin(provider, here, 'browser')
  const taken = await Promise.all(Array.from({ length: 10 }, () => trips.take(state, 'browser')))
  t.is(taken.filter(Boolean).length, 1)
  t.is(await trips.take(state, 'browser'), null)
})

test('U-05: another browser gets nothing, and takes nothing away', async t => {
  const { state } = await trips.begin(provider, here, 'browser')
  t.is(await trips.take(state, 'another browser'), null)
  t.is(await trips.take(state, null), null)
  t.is(await trips.take(state, ''), null)
  t.truthy(await trips.take(state, 'browser'))
})

test('U-05: a state that nobody was given leads nowhere', async t => {
  for (const forged of ['', 'made-up', '\0', 'x'.repeat(100_000), '__proto__'])
    t.is(await trips.take(forged, 'browser'), null)
})
