import test from 'ava'
import { active, codeSource } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const ROUNDS = 20
const AT_ONCE = 50

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

test(`C-02: of ${AT_ONCE} redemptions of one code on two processes exactly one succeeds, in each of ${ROUNDS} rounds`, async t => {
  const { rp, code } = await codeSource(gatehouse)
  const urls = [gatehouse.url, (await gatehouse.another()).url]

  for (let round = 0; round < ROUNDS; round++) {
    const request = await code()
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => rp.post('/token', request, { at: urls[index % 2]! })),
    )

    const won = answers.filter(({ status }) => status === 200)
    const lost = answers.filter(({ status, body }) => status === 400 && body.error === 'invalid_grant')
    t.is(won.length, 1, `round ${round}`)
    t.is(lost.length, AT_ONCE - 1, `round ${round}`)

    // The later redemptions count as reuse, which revokes the tokens of the first one.
    t.is((await rp.post('/token', request)).status, 400)
    t.false(await active(rp, won[0]!.body.access_token), `round ${round}`)
    t.false(await active(rp, won[0]!.body.refresh_token), `round ${round}`)
  }
})
