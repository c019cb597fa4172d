import test from 'ava'
import { active, codeGrant, codeSource, isRefusedAs } from '../support/codes.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const OTHER_CALLBACK = 'https://app.example.org/other'

test('C-01: a code redeemed twice is refused, and its tokens are revoked', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const request = await code()
  const first = await rp.post('/token', request)
  t.is(first.status, 200)
  t.true(await active(rp, first.body.access_token))

  isRefusedAs(t, await rp.post('/token', request), 'invalid_grant')

  t.false(await active(rp, first.body.access_token))
  t.false(await active(rp, first.body.refresh_token))
  const userinfo = await fetch(`${gatehouse.url}/me`, {
    headers: { authorization: `Bearer ${first.body.access_token}` },
  })
  t.is(userinfo.status, 401)
  const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }
  isRefusedAs(t, await rp.post('/token', refresh), 'invalid_grant')
  isRefusedAs(t, await rp.post('/token', request), 'invalid_grant', 'a third attempt')
})

test('C-01: reuse of a code is recorded as an event of the account', async t => {
  const { rp, person, code } = await codeSource(gatehouse)
  const request = await code()
  await rp.post('/token', request)
  await rp.post('/token', request)

  const { app } = gatehouse
  const kinds = async () => (await app.scope(() => app.audit.of(person.id))).map(event => event.summary().kind)
  t.true(await eventually(async () => (await kinds()).includes('token.reused')))
})

test('C-03: a code presented by another client is refused and removed', async t => {
  const a = await codeSource(gatehouse)
  const b = await RelyingParty.register(gatehouse)
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })

  for (const thief of [b, p]) {
    const request = await a.code()
    isRefusedAs(t, await thief.post('/token', request), 'invalid_grant', thief === b ? 'B' : 'P')
    isRefusedAs(t, await a.rp.post('/token', request), 'invalid_grant', 'the code is used up for its own client too')
  }
})

test("C-03: a code is refused with another client's secret or without a secret", async t => {
  const a = await codeSource(gatehouse)
  const b = await RelyingParty.register(gatehouse)
  const request = await a.code()
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  const wrongSecret = await a.rp.post('/token', request, { headers: basic(a.rp.id, b.secret!) })
  const twoIds = await b.post('/token', { ...request, client_id: a.rp.id })
  const noSecret = await fetch(`${gatehouse.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...request, client_id: a.rp.id }),
  })

  isRefusedAs(t, wrongSecret, 'invalid_client')
  t.is(wrongSecret.status, 401)
  isRefusedAs(t, twoIds, ['invalid_request', 'invalid_client'])
  t.is(noSecret.status, 401)
  t.is((await a.rp.post('/token', request)).status, 200, 'unauthenticated attempts do not use up the code')
})

test('C-04: a code is bound to its redirect URI and its verifier', async t => {
  const rp = await RelyingParty.register(gatehouse, { firstParty: true, redirectUris: [CALLBACK, OTHER_CALLBACK] })
  const { browser } = await rp.signIn(await makePerson(gatehouse))
  const attempts: [string, string, string | undefined][] = [
    ['another registered redirect URI', 'redirect_uri', OTHER_CALLBACK],
    ['an unregistered redirect URI', 'redirect_uri', 'https://evil.example/callback'],
    ['no redirect URI', 'redirect_uri', undefined],
    ['a wrong verifier', 'code_verifier', 'a'.repeat(43)],
    ['no verifier', 'code_verifier', undefined],
    ['an empty verifier', 'code_verifier', ''],
  ]
  for (const [what, name, value] of attempts) {
    const begun = await rp.begin({ prompt: 'none' })
    await browser.open(begun.url.href)
    const { [name]: _, ...rest } = codeGrant(begun, browser)
    const answer = await rp.post('/token', value === undefined ? rest : { ...rest, [name]: value })
    isRefusedAs(t, answer, value ? 'invalid_grant' : ['invalid_grant', 'invalid_request'], what)
  }
})
