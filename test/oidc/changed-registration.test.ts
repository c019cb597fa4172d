import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ClientUpdate } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
})
test.after.always(() => gatehouse.stop())

const OLD = 'https://old.example.org/callback'

/** Where the browser ends after a sign-in during which the registration changes, before the password or the consent. */
async function signedInDuring(
  changes: ClientUpdate,
  { request = {}, at }: { request?: object; at: 'password' | 'consent' },
) {
  const rp = await RelyingParty.register(gatehouse, {
    redirectUris: [CALLBACK, OLD],
    responseTypes: ['code', 'id_token token'],
  })
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ redirect_uri: OLD, ...request })
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  if (at === 'consent') await browser.submit({ email: ada.email, password: ada.password })
  await gatehouse.app.scope(() => gatehouse.app.clients.update(rp.id, changes, { by: operator }))
  await rp.visit({ ...begun, url: new URL(browser.page.url) }, ada, browser)
  return browser
}

for (const at of ['password', 'consent'] as const) {
  test(`R-01: a redirect URI that is removed during a sign-in gets nothing (before the ${at})`, async t => {
    const browser = await signedInDuring({ redirectUris: [CALLBACK] }, { at })
    t.true(browser.page.url.startsWith(gatehouse.url), browser.page.url)
    t.true([400, 404].includes(browser.page.status), String(browser.page.status))
  })

  test(`C-12: tokens through the browser end with the registration for them, also during a sign-in (before the ${at})`, async t => {
    const implicit = { response_type: 'id_token token' }
    const browser = await signedInDuring({ responseTypes: ['code'] }, { request: implicit, at })
    const response = new URLSearchParams(new URL(browser.page.url).hash.slice(1))
    t.is(response.get('error'), 'invalid_request')
    t.deepEqual([response.get('id_token'), response.get('access_token')], [null, null])
  })

  test(`A-04: a scope that is removed during a sign-in is not granted (before the ${at})`, async t => {
    const browser = await signedInDuring({ scopes: ['openid'] }, { at })
    t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_scope')
  })
}

/** All claims of the scope `email`, and one under a name of its own, in both places; none of them by the scope. */
const BY_NAME = { email: null, email_verified: { essential: true }, mail: null, name: null }
const CLAIMS = JSON.stringify({ id_token: BY_NAME, userinfo: BY_NAME })
const WITHOUT_EMAIL: ClientUpdate = { scopes: ['openid', 'profile', 'offline_access'] }
const GONE = { email: undefined, email_verified: undefined, mail: undefined, name: 'Ada' }

const registerForEmail = (more: object = {}) =>
  RelyingParty.register(gatehouse, {
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: [{ claim: 'mail', from: 'email' }],
    ...more,
  })
const change = (rp: RelyingParty, changes: ClientUpdate) =>
  gatehouse.app.scope(() => gatehouse.app.clients.update(rp.id, changes, { by: operator }))

for (const firstParty of [false, true]) {
  test(`A-04: a claim that was granted by name ends with the registration for its scope (first-party: ${firstParty})`, async t => {
    const rp = await registerForEmail({ firstParty })
    const ada = await makePerson(gatehouse)
    const { tokens } = await rp.signIn(ada, { scope: 'openid offline_access', claims: CLAIMS })
    const held = { email: ada.email, email_verified: false, mail: ada.email, name: 'Ada' }
    t.like(tokens.claims(), held)
    t.like(await rp.userinfo(tokens.access_token, ada.id), held)
    await change(rp, WITHOUT_EMAIL)
    t.like(await rp.userinfo(tokens.access_token, ada.id), GONE, 'with the token of before')
    const renewed = await rp.refresh(tokens.refresh_token!)
    t.like(renewed.claims(), GONE)
    t.like(await rp.userinfo(renewed.access_token, ada.id), GONE)
  })
}

test('A-04: a scope that was granted ends with the registration for it, in userinfo at once', async t => {
  const rp = await registerForEmail()
  const ada = await makePerson(gatehouse)
  const { tokens } = await rp.signIn(ada, { scope: 'openid profile email offline_access' })
  t.is((await rp.userinfo(tokens.access_token, ada.id)).email, ada.email)
  await change(rp, WITHOUT_EMAIL)
  t.like(await rp.userinfo(tokens.access_token, ada.id), GONE)
  t.like((await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })).body, {
    error: 'invalid_grant',
    access_token: undefined,
  })
})

test('A-04: a code that was issued before the change gives no claim of the removed scope', async t => {
  const rp = await registerForEmail()
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ scope: 'openid', claims: CLAIMS })
  const browser = await rp.visit(begun, ada)
  await change(rp, WITHOUT_EMAIL)
  const tokens = await rp.redeem(begun, browser)
  t.like(tokens.claims(), GONE)
  t.like(await rp.userinfo(tokens.access_token, ada.id), GONE)
})

for (const at of ['password', 'consent'] as const) {
  for (const responseType of ['code', 'id_token'] as const) {
    test(`A-04: claims of a scope that is removed during a sign-in are not granted (${responseType}, before the ${at})`, async t => {
      const rp = await registerForEmail({ responseTypes: [responseType] })
      const ada = await makePerson(gatehouse)
      const claims = JSON.stringify({ id_token: BY_NAME })
      const begun = await rp.begin({ scope: 'openid', claims, response_type: responseType, max_age: '3600' })
      const browser = await new Browser(gatehouse.url).open(begun.url.href)
      if (at === 'consent') await browser.submit({ email: ada.email, password: ada.password })
      await change(rp, WITHOUT_EMAIL)
      if (at === 'password') await browser.submit({ email: ada.email, password: ada.password })
      await browser.submit({ decision: 'allow' })
      const returned = new URLSearchParams(new URL(browser.page.url).hash.slice(1))
      const claimed =
        responseType === 'code' ? (await rp.redeem(begun, browser)).claims() : decodeJwt(returned.get('id_token')!)
      t.like(claimed, GONE)
      t.is(typeof claimed?.auth_time, 'number', 'what the request itself needs stays')
      const grants = await gatehouse.app.artifacts.byAccount('Grant', ada.id)
      t.deepEqual(
        grants.map(({ payload }) => payload.openid),
        [{ scope: 'openid', claims: ['name'] }],
      )
      const [consent] = await gatehouse.app.scope(() => gatehouse.app.authorizedApplications.of(ada.id))
      if (at === 'password') t.deepEqual(consent!.claims, ['name'], 'no one was asked about it')
    })
  }
}
