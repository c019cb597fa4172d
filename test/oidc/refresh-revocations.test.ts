import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { active, codeGrant, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator

async function signedIn(registration = {}) {
  const person = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, registration)
  const { browser, tokens } = await rp.signInToStay(person)
  const refresh = (at = gatehouse.url) =>
    rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }, { at })
  const code = async () => {
    const begun = await rp.begin({ prompt: 'none' })
    return codeGrant(begun, await browser.open(begun.url.href))
  }
  return { person, rp, browser, tokens, refresh, code }
}

/** Every process refuses the refresh token and the access token at once. */
async function areRevoked(t: ExecutionContext, { rp, tokens, refresh }: Awaited<ReturnType<typeof signedIn>>) {
  for (const at of [gatehouse.url, other.url]) isRefusedAs(t, await refresh(at), 'invalid_grant')
  t.false(await active(rp, tokens.access_token))
  const userinfo = await fetch(`${gatehouse.url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.is(userinfo.status, 401)
}

test('F-04: signing out revokes the refresh token', async t => {
  const stay = await signedIn()
  await stay.browser.open(stay.rp.configuration.serverMetadata().end_session_endpoint!)
  await stay.browser.submit({ logout: 'yes' })
  t.is(stay.browser.page.status, 200)
  await areRevoked(t, stay)
})

test('F-04: signing out revokes the tokens of other applications of the same session', async t => {
  const first = await signedIn()
  const second = await RelyingParty.register(gatehouse)
  const { tokens } = await second.signInToStay(first.person, first.browser)
  await first.browser.open(`${gatehouse.url}/session/end`)
  await first.browser.submit({ logout: 'yes' })
  await areRevoked(t, first)
  const answer = await second.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
  isRefusedAs(t, answer, 'invalid_grant')
})

test('F-04: suspension revokes refresh tokens, and lifting it restores none', async t => {
  const stay = await signedIn()
  await app.scope(() => app.suspension.suspend(stay.person.id, { by }))
  await areRevoked(t, stay)
  await app.scope(() => app.suspension.reinstate(stay.person.id, { by }))
  await areRevoked(t, stay)
})

test('F-04: a password reset revokes refresh tokens', async t => {
  const stay = await signedIn()
  const { token } = await app.scope(() => app.passwordReset.link(stay.person.id, { by }))
  await app.scope(() => app.passwordReset.complete(token, 'quite another horse and staple', { by }))
  await areRevoked(t, stay)
})

test('F-04: revoking consent revokes the refresh tokens of that application only', async t => {
  const stay = await signedIn()
  const otherClient = await RelyingParty.register(gatehouse)
  const { tokens } = await otherClient.signInToStay(stay.person, stay.browser)
  await app.scope(() => app.consents.revoke(stay.person.id, stay.rp.id, { by }))
  await areRevoked(t, stay)
  t.truthy((await otherClient.refresh(tokens.refresh_token!)).access_token)
})

test('F-04: tokens of a removed client are refused', async t => {
  const stay = await signedIn()
  const code = await stay.code()
  await app.scope(() => app.clients.remove(stay.rp.id, { by }))
  for (const at of [gatehouse.url, other.url]) isRefusedAs(t, await stay.refresh(at), 'invalid_client')
  isRefusedAs(t, await stay.rp.post('/token', code), 'invalid_client')
  const userinfo = await fetch(`${gatehouse.url}/me`, {
    headers: { authorization: `Bearer ${stay.tokens.access_token}` },
  })
  t.is(userinfo.status, 401)
})

test('F-04: a client registered again under the same id inherits no tokens', async t => {
  const stay = await signedIn({ id: 'shop' })
  await app.scope(() => app.clients.remove('shop', { by }))
  const successor = await RelyingParty.register(gatehouse, { id: 'shop' })
  const answer = await successor.post('/token', {
    grant_type: 'refresh_token',
    refresh_token: stay.tokens.refresh_token!,
  })
  isRefusedAs(t, answer, 'invalid_grant')
  t.false(await active(successor, stay.tokens.access_token))
  await stay.browser.open((await successor.begin()).url.href)
  t.truthy(stay.browser.document.querySelector('[name="decision"]'), 'the person is asked again')
})

test('F-04: a refresh does not return a scope that was removed from the client', async t => {
  const stay = await signedIn()
  const code = await stay.code()
  await app.scope(() => app.clients.update(stay.rp.id, { scopes: ['openid', 'offline_access', 'profile'] }, { by }))

  isRefusedAs(t, await stay.refresh(), 'invalid_grant')
  isRefusedAs(t, await stay.rp.post('/token', code), 'invalid_grant', 'a code issued before the change')
  await stay.rp.signIn(stay.person, { scope: 'openid offline_access profile', prompt: 'consent' }, stay.browser)
})

test('F-04: a client that no longer has offline_access cannot refresh', async t => {
  const stay = await signedIn()
  await app.scope(() => app.clients.update(stay.rp.id, { scopes: ['openid', 'profile', 'email', 'roles'] }, { by }))
  isRefusedAs(t, await stay.refresh(), 'invalid_grant')
})
