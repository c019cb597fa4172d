import test, { type ExecutionContext } from 'ava'
import { active, codeSource, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const gatehouse = await startGatehouse({ env: { REFRESH_TOKEN_TTL: '2d', REFRESH_TOKEN_MAX_TTL: '5d' } })
test.after.always(() => gatehouse.stop())

/** Expires the records in Redis, which uses its own clock. */
async function expireInRedis(t: ExecutionContext, kind: string, longest: number): Promise<void> {
  const { redis } = gatehouse.app
  for (const key of (await redis?.keys(`*${kind}:*`)) ?? []) {
    t.true((await redis!.ttl(key)) <= longest)
    await redis!.pexpire(key, 0)
  }
}

const refresh = (rp: RelyingParty, refresh_token: string) =>
  rp.post('/token', { grant_type: 'refresh_token', refresh_token })

test.serial('C-05: an authorization code is valid for a minute', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const time = new TimeTravel(t)
  const [early, late] = [await code(), await code()]

  time.pass(MINUTE - 2)
  t.is((await rp.post('/token', early)).status, 200)
  time.pass(3)
  await expireInRedis(t, 'AuthorizationCode', MINUTE)
  isRefusedAs(t, await rp.post('/token', late), 'invalid_grant')
})

if (gatehouse.app.redis) {
  test.serial(
    'F-9: a server whose clock is five minutes ahead accepts a code that another has just issued',
    async t => {
      const { rp, code } = await codeSource(gatehouse)
      const time = new TimeTravel(t)
      const [made, old] = [await code(), await code()]

      time.pass(5 * MINUTE)
      t.is((await rp.post('/token', made)).status, 200)

      time.pass(10 * MINUTE)
      isRefusedAs(t, await rp.post('/token', old), 'invalid_grant', 'a larger clock difference is not tolerated')
    },
  )
}

test.serial('an access token is valid for the expires_in of its response', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const time = new TimeTravel(t)
  const { body } = await rp.post('/token', await code())
  t.is(body.expires_in, 10 * MINUTE)

  time.pass(10 * MINUTE - 1)
  t.true(await active(rp, body.access_token))
  // The check tolerates some seconds of clock difference; Redis itself would expire the token at once.
  time.pass(20)
  t.false(await active(rp, body.access_token))
  const userinfo = await fetch(`${gatehouse.url}/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
  t.is(userinfo.status, 401)
})

test.serial('an unused refresh token expires', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const time = new TimeTravel(t)
  const { body } = await rp.post('/token', await code())

  time.pass(2 * DAY + 1)

  isRefusedAs(t, await refresh(rp, body.refresh_token), 'invalid_grant')
})

test.serial('F-06: a chain of refresh tokens ends at the absolute limit even if it is used', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const time = new TimeTravel(t)
  let { body } = await rp.post('/token', await code())

  for (let days = 1; days < 5; days++) {
    time.pass(DAY)
    const answer = await refresh(rp, body.refresh_token)
    t.is(answer.status, 200, `after ${days} days`)
    body = answer.body
  }
  time.pass(DAY + 1)

  isRefusedAs(t, await refresh(rp, body.refresh_token), 'invalid_grant')
})

test.serial('F-06: a client can have its own limit, and neither rotation nor reuse extends it', async t => {
  const rp = await RelyingParty.register(gatehouse, { refreshTokenMaxTtl: HOUR })
  const ada = await makePerson(gatehouse)
  const time = new TimeTravel(t)
  const { tokens } = await rp.signInToStay(ada)

  time.pass(50 * MINUTE)
  const late = await refresh(rp, tokens.refresh_token!)
  t.is(late.status, 200)
  time.pass(9 * MINUTE)
  const last = await refresh(rp, late.body.refresh_token)
  t.is(last.status, 200)
  time.pass(MINUTE + 1)

  isRefusedAs(t, await refresh(rp, last.body.refresh_token), 'invalid_grant')
})
