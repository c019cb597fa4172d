import test from 'ava'
import { startGatehouse } from '../support/gatehouse.ts'
import { Upstream } from '../support/upstream.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host } })
const { app } = gatehouse
const provider = await upstream.connect(gatehouse)
const ada = upstream.person({ sub: 'ada-there', email: 'ada@example.org', email_verified: true, name: 'Ada' })

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

/** The way there and back, as far as this part knows it. */
async function arrive() {
  const trip = await app.trips.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const url = await app.upstreams.begin(provider, trip)
  const back = new URL(await upstream.visit(url, { as: ada }))
  return app.upstreams.complete(provider, back.searchParams, trip)
}

test.serial('somebody who signs in there is known here by what it says of them', async t => {
  const answer = await arrive()
  t.is(answer.claims.sub, 'ada-there')
  t.is(answer.claims.email, 'ada@example.org')
})
