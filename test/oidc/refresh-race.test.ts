import test from 'ava'
import { active, codeSource } from '../support/codes.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { servers } from '../support/servers.ts'

/** Embedded storage serves one process at a time: there is less to race. */
const ROUNDS = servers() ? 20 : 4
const AT_ONCE = 50

const [usual, strict] = await Promise.all([
  startGatehouse({ env: { REFRESH_REPLAY_WINDOW: '60s' } }),
  startGatehouse({ env: { REFRESH_REPLAY_WINDOW: '0' } }),
])
test.after.always(() => Promise.all([usual.stop(), strict.stop()]))

async function rounds(gatehouse: Gatehouse) {
  const { rp, code } = await codeSource(gatehouse)
  const urls = [gatehouse.url, (await gatehouse.another()).url]
  return {
    rp,
    async fresh(): Promise<string> {
      return (await rp.post('/token', await code())).body.refresh_token
    },
    together: (refresh_token: string) =>
      Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          rp.post('/token', { grant_type: 'refresh_token', refresh_token }, { at: urls[index % 2]! }),
        ),
      ),
  }
}

test.serial(
  `F-02, Q-14: ${AT_ONCE} concurrent uses of one refresh token on two processes get the same response, in each of ${ROUNDS} rounds`,
  async t => {
    const { rp, fresh, together } = await rounds(usual)
    let token = await fresh()
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await together(token)
      t.deepEqual([...new Set(answers.map(({ status }) => status))], [200], `round ${round}`)
      t.is(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1, `round ${round}`)
      token = answers[0]!.body.refresh_token
    }
    t.true(await active(rp, token))
  },
)

test.serial(
  `F-02: without a replay window at most one of ${AT_ONCE} uses succeeds, and no chain forks, in each of ${ROUNDS} rounds`,
  async t => {
    const { rp, fresh, together } = await rounds(strict)
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await together(await fresh())
      const won = answers.filter(({ status }) => status === 200)
      t.is(won.length, 1, `round ${round}`)
      t.true(
        answers.every(({ status, body }) => status === 200 || body.error === 'invalid_grant'),
        `round ${round}`,
      )
      // Either later uses counted as reuse and revoked the chain, or there were none and the new token is valid.
      const { access_token, refresh_token } = won[0]!.body
      t.is(await active(rp, access_token), await active(rp, refresh_token), `round ${round}`)
    }
  },
)
