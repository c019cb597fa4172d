import test from 'ava'
import { isRefusedAs } from '../support/codes.ts'
import { Prover, publicPart } from '../support/dpop.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { compact, hs256, psychic, respelled } from '../support/jws.ts'
import { Listener } from '../support/listener.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
const { url: elsewhere } = await gatehouse.another()
const [holder, otherProver] = [await Prover.of(gatehouse), await Prover.of(gatehouse)]
test.after.always(() => gatehouse.stop())

test('J-06: a proof for another request, time or key is refused', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const ask = (dpop: string) => machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
  const now = Math.floor(Date.now() / 1000)
  const tampered = await holder.proof()
  const secret = Buffer.from(holder.key.jwk.x!, 'base64url')
  const wrong: [string, string | Promise<string>][] = [
    ['another method', holder.proof({ claims: { htm: 'GET' } })],
    ['no method', holder.proof({ claims: { htm: undefined } })],
    ['another endpoint', holder.proof({ claims: { htu: `${url}/me` } })],
    ['another server', holder.proof({ claims: { htu: 'https://other.example/token' } })],
    ['no address', holder.proof({ claims: { htu: undefined } })],
    ['an hour old', holder.proof({ claims: { iat: now - 3600 } })],
    ['an hour ahead', holder.proof({ claims: { iat: now + 3600 } })],
    ['no time', holder.proof({ claims: { iat: undefined } })],
    ['no jti', holder.proof({ claims: { jti: undefined } })],
    ['a nonce that was never issued', holder.proof({ claims: { nonce: 'stale' } })],
    ['another type', holder.proof({ header: { typ: 'JWT' } })],
    ['no type', holder.proof({ header: { typ: undefined } })],
    ['no key', holder.proof({ header: { jwk: undefined } })],
    ['a key other than the signing key', holder.proof({ header: { jwk: publicPart(otherProver.key) } })],
    ['unknown crit', holder.proof({ header: { crit: ['odd'], odd: 1 } })],
    ['none', compact({ ...holder.header, alg: 'none' }, holder.claims)],
    ['None', compact({ ...holder.header, alg: 'None' }, holder.claims)],
    ['no signature', compact(holder.header, holder.claims)],
    ['psychic', compact(holder.header, holder.claims, psychic)],
    ['HS256', compact({ ...holder.header, alg: 'HS256' }, holder.claims, hs256(secret))],
    [
      'HS256 with a symmetric key in the header',
      compact(
        { typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: holder.key.jwk.x } },
        holder.claims,
        hs256(secret),
      ),
    ],
    ['two proofs', `${tampered}, ${tampered}`],
    ['nonsense', 'nonsense'],
  ]
  for (const [what, dpop] of wrong) isRefusedAs(t, await ask(await dpop), 'invalid_dpop_proof', what)
  t.is((await ask(await holder.proof())).body.token_type, 'DPoP')
})

test('F-24: a proof that is not canonical base64url is refused', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const ask = (dpop: string) => machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
  const proof = await holder.proof()
  // HTTP removes white space around a header value.
  for (const each of respelled(proof).filter(text => text.trim() === text))
    isRefusedAs(t, await ask(each), 'invalid_dpop_proof', each.slice(-4))
  t.is((await ask(proof)).body.token_type, 'DPoP')
})

test('J-06: a private key in a proof is refused', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const dpop = await holder.proof({ header: { jwk: { ...publicPart(holder.key), d: holder.key.jwk.x } } })
  const answer = await machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
  isRefusedAs(t, answer, 'invalid_dpop_proof')
})

test('J-06: a proof is accepted once: of 20 concurrent requests on two processes one succeeds, in each of 10 rounds', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const ask = (dpop: string, at: string) =>
    machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop }, at })
  for (let round = 0; round < 10; round++) {
    const dpop = await holder.proof()
    const urls = Array.from({ length: 20 }, (_, index) => (index % 2 ? elsewhere : url))
    const answers = await Promise.all(urls.map(at => ask(dpop, at)))
    t.is(answers.filter(({ status }) => status === 200).length, 1, `round ${round}`)
    isRefusedAs(t, await ask(dpop, url), ['invalid_dpop_proof', 'invalid_grant'])
  }
})

test.serial('F-5: a proof with an iat in the future is remembered for as long as it is accepted', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const ask = (dpop: string) => machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
  const time = new TimeTravel(t)
  const dpop = await holder.proof({ claims: { iat: Math.floor(Date.now() / 1000) + 290 } })
  t.is((await ask(dpop)).status, 200)
  time.pass(400)
  isRefusedAs(t, await ask(dpop), ['invalid_dpop_proof', 'invalid_grant'])
})

test('J-02: key URLs in a proof are not fetched', async t => {
  const evil = (await Listener.open(t))!
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const address = `http://127.0.0.1:${evil.port}/keys`
  for (const header of [{ jku: address }, { x5u: address }]) {
    const dpop = await otherProver.proof({ header: { ...header, jwk: publicPart(holder.key) } })
    const answer = await machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
    isRefusedAs(t, answer, 'invalid_dpop_proof')
  }
  t.is(evil.connections, 0)
})
