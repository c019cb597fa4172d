import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { covers } from '../../src/grants/consent.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const requested = (scopes: string[], claims: string[] = [], resources: Record<string, string[]> = {}) => ({
  scopes,
  claims,
  resources,
})
const find = (person: string, client: string) => app.scope(() => app.consents.find(person, client))

async function personAndClient() {
  const [ada, rp] = [await makePerson(gatehouse), await RelyingParty.register(gatehouse)]
  const give = (what: ReturnType<typeof requested>, { scope, consents } = app) =>
    scope(() => consents.give(ada.id, rp.id, what, { by }))
  return { ada, rp, give }
}

test('consents are cumulative and cover nothing else', async t => {
  const { ada, rp, give } = await personAndClient()
  t.is(await find(ada.id, rp.id), null)
  await give(requested(['openid', 'email']))
  await give(requested(['openid', 'roles'], ['nickname'], { 'https://api.example.org': ['read'] }))
  const consent = await find(ada.id, rp.id)
  t.true(covers(consent!, requested(['roles', 'email'], ['nickname'], { 'https://api.example.org': ['read'] })))
  t.true(covers(consent!, requested([])))
  t.false(covers(consent!, requested(['profile'])))
  t.false(covers(consent!, requested(['openid'], ['birthdate'])))
  t.false(covers(consent!, requested([], [], { 'https://api.example.org': ['read', 'write'] })))
  t.false(covers(consent!, requested([], [], { 'https://other.example.org': ['read'] })))
})

test('N-04: consenting in two windows at once succeeds in both', async t => {
  const other = (await gatehouse.another()).app
  const { ada, rp, give } = await personAndClient()
  const clicks = Array.from({ length: 6 }, (_, i) => give(requested(['openid', 'email']), i % 2 ? app : other))
  await t.notThrowsAsync(Promise.all(clicks))
  t.true(covers((await find(ada.id, rp.id))!, requested(['openid', 'email'])))
})

test('F-04: revoking consent revokes the tokens of that application at once, and the application must ask again', async t => {
  const { ada, rp } = await personAndClient()
  const forum = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)
  const kept = await forum.signInToStay(ada)

  t.true(await app.scope(() => app.consents.revoke(ada.id, rp.id, { by })))

  t.is(await find(ada.id, rp.id), null)
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await browser.open((await rp.begin()).url.href)
  t.truthy(browser.document.querySelector('[name="decision"]'), browser.text)
  await t.notThrowsAsync(forum.refresh(kept.tokens.refresh_token!))
  t.false(await app.scope(() => app.consents.revoke(ada.id, rp.id, { by })))
})

test('consents are removed with their application', async t => {
  const { ada, rp, give } = await personAndClient()
  await give(requested(['openid']))
  await app.scope(() => app.clients.remove(rp.id, { by }))
  t.is(await find(ada.id, rp.id), null)
})
