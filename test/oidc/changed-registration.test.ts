import test from 'ava'
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
