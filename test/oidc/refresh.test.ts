import test from 'ava'
import { active, codeSource, isRefusedAs } from '../support/codes.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { type Begun, RelyingParty } from '../support/relying-party.ts'

const clock = new MovingClock()
const [gatehouse, strict] = await Promise.all([
  startGatehouse({ clock }),
  startGatehouse({ env: { REFRESH_REPLAY_WINDOW: '0' } }),
])
test.after.always(() => Promise.all([gatehouse.stop(), strict.stop()]))

async function signedIn(place: Gatehouse) {
  const { rp, code } = await codeSource(place)
  const { body } = await rp.post('/token', await code())
  return { rp, first: body as Record<string, string> }
}

const refresh = (rp: RelyingParty, token: string | undefined, more: Record<string, string> = {}) =>
  rp.post('/token', { grant_type: 'refresh_token', refresh_token: token ?? '', ...more })

/** Ends the replay window: the store expires the response by its own clock. */
async function endReplayWindow(token = ''): Promise<void> {
  await gatehouse.app.artifacts.commit([{ do: 'drop', kind: 'RefreshReplay', id: token }])
}

test('a refresh token gives new tokens for the same person and is replaced', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)

  const again = await rp.refresh(tokens.refresh_token!)

  t.not(again.refresh_token, tokens.refresh_token)
  t.not(again.access_token, tokens.access_token)
  t.is(again.claims()?.sub, ada.id)
  t.is((await rp.userinfo(again.access_token, ada.id)).email, ada.email)
})

test.serial('F-01: within the replay window a used refresh token gets the same response, and stays valid', async t => {
  const { rp, first } = await signedIn(gatehouse)
  const second = await refresh(rp, first.refresh_token)
  t.is(second.status, 200)

  clock.advance(5)
  const repeated = await refresh(rp, first.refresh_token)

  t.is(repeated.status, 200)
  t.deepEqual(repeated.body, second.body)
  t.is(repeated.headers.get('cache-control'), 'no-store')
  t.is((await refresh(rp, second.body.refresh_token)).status, 200)
})

for (const [where, seconds] of Object.entries({ ahead: 300, behind: -300 })) {
  test.serial(
    `F-9: a server whose clock is ${where} replays the response to a used refresh token, and later revokes its chain`,
    async t => {
      const { rp, first } = await signedIn(gatehouse)
      const second = await refresh(rp, first.refresh_token)
      clock.advance(seconds)
      t.teardown(() => clock.advance(-seconds))
      t.deepEqual((await refresh(rp, first.refresh_token)).body, second.body)
      t.true(await active(rp, second.body.refresh_token), 'the chain is still valid')

      await endReplayWindow(first.refresh_token)
      isRefusedAs(t, await refresh(rp, first.refresh_token), 'invalid_grant')
      t.false(await active(rp, second.body.refresh_token))
    },
  )
}

test.serial('F-01: after the replay window a used refresh token revokes its chain', async t => {
  const { rp, first } = await signedIn(gatehouse)
  const second = await refresh(rp, first.refresh_token)

  clock.advance(12)
  await endReplayWindow(first.refresh_token)

  isRefusedAs(t, await refresh(rp, first.refresh_token), 'invalid_grant')
  isRefusedAs(t, await refresh(rp, second.body.refresh_token), 'invalid_grant', 'either of the two may be the thief')
  for (const token of [first.access_token, second.body.access_token, second.body.refresh_token])
    t.false(await active(rp, token))
})

test('F-01: without a replay window reuse revokes the chain at once', async t => {
  const { rp, first } = await signedIn(strict)
  const second = await refresh(rp, first.refresh_token)
  t.is(second.status, 200)

  isRefusedAs(t, await refresh(rp, first.refresh_token), 'invalid_grant')

  isRefusedAs(t, await refresh(rp, second.body.refresh_token), 'invalid_grant')
  t.false(await active(rp, second.body.access_token))
})

test('F-01: only the same request gets the replayed response', async t => {
  const { rp, first } = await signedIn(gatehouse)
  const b = await RelyingParty.register(gatehouse)
  await refresh(rp, first.refresh_token)

  isRefusedAs(t, await refresh(rp, first.refresh_token, { scope: 'openid' }), 'invalid_grant', 'another scope')
  isRefusedAs(t, await refresh(b, first.refresh_token), 'invalid_grant', 'another client')
})

test('F-01: the replayed response is stored encrypted', async t => {
  const { rp, first } = await signedIn(gatehouse)
  const { body } = await refresh(rp, first.refresh_token)

  const kept = await gatehouse.app.artifacts.get('RefreshReplay', first.refresh_token!)

  t.truthy(kept)
  for (const token of [body.access_token, body.refresh_token, body.id_token])
    t.false(JSON.stringify(kept).includes(token))
})

test('F-05: a refresh token presented by another client is refused', async t => {
  const a = await signedIn(gatehouse)
  const b = await RelyingParty.register(gatehouse)
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })
  for (const thief of [b, p]) isRefusedAs(t, await refresh(thief, a.first.refresh_token), 'invalid_grant')
  t.is((await refresh(a.rp, a.first.refresh_token)).status, 200, 'the attempts do not revoke the chain')
})

test('F-05: a public client must send its client_id', async t => {
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const { tokens } = await p.signInToStay(await makePerson(gatehouse))
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })

  const answer = await fetch(`${gatehouse.url}/token`, { method: 'POST', body })

  t.true([400, 401].includes(answer.status))
  t.is((await refresh(p, tokens.refresh_token)).status, 200)
})

test('a refresh can narrow its scopes, and cannot widen them', async t => {
  const { rp, first } = await signedIn(gatehouse)

  isRefusedAs(t, await refresh(rp, first.refresh_token, { scope: 'address' }), 'invalid_scope')
  const narrow = await refresh(rp, first.refresh_token, { scope: 'openid' })

  t.is(narrow.body.scope, 'openid')
  t.is(narrow.status, 200)
})

test('F-07: offline_access without consent yields no refresh token', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const { browser, tokens } = await rp.signIn(ada)
  t.is(tokens.refresh_token, undefined)

  const scope = 'openid offline_access'
  const silent = await rp.begin({ scope, prompt: 'none' })
  await browser.open(silent.url.href)
  t.is(new URL(browser.page.url).searchParams.get('error'), 'consent_required')

  const asked = await rp.begin({ scope })
  await browser.open(asked.url.href)
  t.regex(browser.text, /while you are away/, 'the person is asked, although the other scopes were allowed before')
  await browser.submit({ decision: 'deny' })
  t.is(new URL(browser.page.url).searchParams.get('error'), 'access_denied')
})

test('a person who has agreed to offline_access once is not asked again, with or without prompt=consent', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const scope = 'openid offline_access'
  const { browser, tokens } = await rp.signIn(ada, { scope })
  t.truthy(tokens.refresh_token)
  t.is(tokens.scope, scope)

  for (const prompt of ['none', ''])
    for (const begun of [await rp.begin({ scope, ...(prompt && { prompt }) }), await pushed(rp, { scope, prompt })]) {
      await browser.open(begun.url.href)
      const again = await rp.redeem(begun, browser)
      t.truthy(again.refresh_token, `${begun.url.search}`)
      t.is(again.scope, scope)
    }
})

test('offline_access is left out for a client that may not have it', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'email'] })
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope: 'openid email phone offline_access' })
  t.is(tokens.refresh_token, undefined)
  t.is(tokens.scope, 'openid email')
})

/** The same request, pushed first (RFC 9126). */
async function pushed(rp: RelyingParty, { prompt, ...parameters }: { scope: string; prompt: string }): Promise<Begun> {
  const begun = await rp.begin({ ...parameters, ...(prompt && { prompt }) })
  const { body } = await rp.post('/request', Object.fromEntries(begun.url.searchParams))
  const url = new URL(begun.url.pathname, begun.url)
  url.search = new URLSearchParams({ client_id: rp.id, request_uri: body.request_uri }).toString()
  return { ...begun, url }
}

test('F-16: a refresh may repeat the scopes of the first request; those not granted are left out', async t => {
  const scope = 'openid email offline_access'
  const rp = await RelyingParty.register(gatehouse, { firstParty: true })
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope })
  t.is(tokens.scope, scope)

  const again = await refresh(rp, tokens.refresh_token, { scope: `${scope} profile` })
  t.is(again.status, 200)
  t.is(again.body.scope, scope)
  t.deepEqual(
    (await refresh(rp, tokens.refresh_token, { scope: `${scope} profile` })).body,
    again.body,
    'the replayed response',
  )

  const wider = await refresh(rp, again.body.refresh_token, { scope: 'openid email profile address roles unheard-of' })
  t.is(wider.body.scope, 'openid email', 'nothing beyond what was granted')
  const { body } = await rp.post('/token/introspection', { token: wider.body.access_token })
  t.is(body.scope, 'openid email')
  isRefusedAs(t, await refresh(rp, wider.body.refresh_token, { scope: 'profile address' }), 'invalid_scope')
})
