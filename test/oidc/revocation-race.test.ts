import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { active, codeSource } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const ROUNDS = 15

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

test('tokens issued while their grant is being revoked are refused', async t => {
  const { rp, person, code } = await codeSource(gatehouse)
  const { url: elsewhere } = await gatehouse.another()
  for (let round = 0; round < ROUNDS; round++) {
    const first = await rp.post('/token', await code())
    const later = await code()
    const [redeemed, refreshed] = await Promise.all([
      rp.post('/token', later, { at: elsewhere }),
      rp.post('/token', { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }),
      app.scope(() => app.consents.revoke(person.id, rp.id, { by: operator })),
    ])
    for (const { status, body } of [redeemed, refreshed]) {
      t.true(status === 200 || body.error === 'invalid_grant', `round ${round}: ${status}`)
      if (status !== 200) continue
      t.false(await active(rp, body.access_token), `round ${round}`)
      t.false(await active(rp, body.refresh_token), `round ${round}`)
    }
  }
})
