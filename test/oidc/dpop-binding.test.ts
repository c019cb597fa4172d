import { createHash } from 'node:crypto'
import test from 'ava'
import { codeGrant, isRefusedAs } from '../support/codes.ts'
import { type Proof, Prover } from '../support/dpop.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
const [holder, otherProver] = [await Prover.of(gatehouse), await Prover.of(gatehouse)]
test.after.always(() => gatehouse.stop())

function forUserinfo(token: string, { claims = {} }: Proof = {}, prover = holder): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url')
  return prover.proof({ claims: { htm: 'GET', htu: `${url}/me`, ath, ...claims } })
}

const userinfo = async (authorization: string, dpop?: string) =>
  (await fetch(`${url}/me`, { headers: { authorization, ...(dpop && { dpop }) } })).status

async function boundTokens() {
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const begun = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' })
  const request = codeGrant(begun, await rp.visit(begun, await makePerson(gatehouse)))
  const { body } = await rp.post('/token', request, { headers: { dpop: await holder.proof() } })
  const refresh = async (dpop?: string) =>
    rp.post(
      '/token',
      { grant_type: 'refresh_token', refresh_token: body.refresh_token },
      { headers: dpop ? { dpop } : {} },
    )
  return { body, refresh, access: body.access_token as string }
}

test('J-06: a DPoP-bound access token is refused without a proof by its key for this token', async t => {
  const { body, access } = await boundTokens()
  const { access: another } = await boundTokens()
  t.is(body.token_type, 'DPoP')
  const once = await forUserinfo(access)

  t.is(await userinfo(`DPoP ${access}`, once), 200)
  t.is(await userinfo(`DPoP ${access}`, once), 401, 'replayed')
  t.is(await userinfo(`Bearer ${access}`), 401, 'as a bearer token')
  for (const [what, dpop] of [
    ['no proof', undefined],
    ['no ath', await forUserinfo(access, { claims: { ath: undefined } })],
    ["another token's ath", await forUserinfo(another)],
    ['another key', await forUserinfo(access, {}, otherProver)],
    ['for the token endpoint', await holder.proof()],
  ])
    t.true([400, 401].includes(await userinfo(`DPoP ${access}`, dpop)), what)
})

test("F-05: a public client's DPoP-bound refresh token is refused without its key", async t => {
  const { refresh } = await boundTokens()

  for (const [what, dpop] of [
    ['no proof', undefined],
    ['another key', await otherProver.proof()],
  ])
    isRefusedAs(t, await refresh(dpop), ['invalid_grant', 'invalid_dpop_proof'], what)
  const renewed = await refresh(await holder.proof())

  t.deepEqual([renewed.status, renewed.body.token_type], [200, 'DPoP'])
  for (const [what, dpop] of [
    ['no proof', undefined],
    ['another key', await otherProver.proof()],
  ])
    isRefusedAs(t, await refresh(dpop), ['invalid_grant', 'invalid_dpop_proof'], `within the replay window, ${what}`)
  t.deepEqual((await refresh(await holder.proof())).body, renewed.body)
})

test('F-01: a confidential client gets the replayed response only with the same DPoP key', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(await makePerson(gatehouse))
  const refresh = async (headers: Record<string, string>) =>
    rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }, { headers })
  const first = await refresh({ dpop: await holder.proof() })
  t.is(first.status, 200)
  isRefusedAs(t, await refresh({ dpop: await otherProver.proof() }), 'invalid_grant')
  isRefusedAs(t, await refresh({}), 'invalid_grant')
  t.deepEqual((await refresh({ dpop: await holder.proof() })).body, first.body)
})
