import test from 'ava'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { upstreamRequests: requests } = gatehouse.app
const provider = { id: 'one' }
const destination = { to: 'interaction', uid: 'some' } as const

test.after.always(() => gatehouse.stop())

test('the state finds the request that it belongs to', async t => {
  const request = await requests.begin(provider, destination, 'browser')
  t.deepEqual(await requests.take(request.state, 'browser'), request)
  t.like(request, { providerId: 'one', destination })
})

test('each request has its own state, nonce and verifier', async t => {
  const two = await Promise.all([
    requests.begin(provider, destination, 'browser'),
    requests.begin(provider, destination, 'browser'),
  ])
  const secrets = two.flatMap(({ state, nonce, verifier }) => [state, nonce, verifier])
  t.is(new Set(secrets).size, 6)
  t.true(secrets.every(secret => secret.length >= 43))
})

test('U-05: a state works once, also in a race', async t => {
  const { state } = await requests.begin(provider, destination, 'browser')
  const taken = await Promise.all(Array.from({ length: 10 }, () => requests.take(state, 'browser')))
  t.is(taken.filter(Boolean).length, 1)
  t.is(await requests.take(state, 'browser'), null)
})

test('U-05: another browser can neither use the state nor invalidate it', async t => {
  const { state } = await requests.begin(provider, destination, 'browser')
  t.is(await requests.take(state, 'another browser'), null)
  t.is(await requests.take(state, null), null)
  t.is(await requests.take(state, ''), null)
  t.truthy(await requests.take(state, 'browser'))
})

test('U-05: an unknown state is refused', async t => {
  for (const forged of ['', 'made-up', '\0', 'x'.repeat(100_000), '__proto__'])
    t.is(await requests.take(forged, 'browser'), null)
})
