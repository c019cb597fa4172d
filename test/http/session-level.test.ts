import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Keyring } from '../credentials/keyring.ts'
import { scan } from '../support/authenticator-app.ts'
import type { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

/** A person who has signed in with only a password and opened the page that adds an authenticator app. */
async function addingApp() {
  const ada = await makePerson(gatehouse)
  const { browser, tokens } = await rp.signIn(ada)
  await browser.open(`${url}/account/authenticator-app`)
  return { ada, browser, code: scan(browser, app.clock).code(), since: tokens.claims()!.auth_time }
}

const silently = async (browser: Browser, parameters = {}) => {
  const begun = await rp.begin({ prompt: 'none', ...parameters })
  await browser.open(begun.url.href)
  return begun
}

test('M-07: adding an app on the account pages raises the session to two factors, so no further code is required', async t => {
  const { ada, browser, code, since } = await addingApp()
  await browser.submit({ code })
  t.is(browser.page.status, 200)
  t.is((await browser.open(`${url}/account/security`)).heading, 'Security')
  const begun = await silently(browser, { acr_values: 'urn:gatehouse:acr:2fa' })
  t.like((await rp.redeem(begun, browser)).claims(), {
    acr: 'urn:gatehouse:acr:2fa',
    amr: ['pwd', 'otp', 'mfa'],
    auth_time: since,
  })
  t.is((await app.scope(() => app.sessions.of(ada.id))).length, 1)
})

test('M-07: adding a passkey on the account pages makes the session phishing-resistant', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  await browser.open(`${url}/account/security`)
  const form = browser.document.querySelector('form[action$="/account/passkeys"]')!
  const response = new Keyring(gatehouse).newKey().create(JSON.parse(form.getAttribute('data-options')!))
  await browser.submit({ response: JSON.stringify(response) }, { action: '/account/passkeys' })
  const begun = await silently(browser, { acr_values: 'phr' })
  t.like((await rp.redeem(begun, browser)).claims(), { acr: 'phr', amr: ['pwd', 'hwk', 'user', 'mfa'] })
})

test('S-01: a previous session cookie does not gain the new level', async t => {
  const { browser, code } = await addingApp()
  const thief = browser.copy()
  await browser.submit({ code })
  await silently(thief)
  t.is(new URL(thief.page.url).searchParams.get('error'), 'login_required')
  await silently(browser)
  t.true(new URL(browser.page.url).searchParams.has('code'))
})

test('M-07: neither a wrong code nor a code in another browser raises the level', async t => {
  const { ada, browser } = await addingApp()
  const { browser: other } = await rp.signIn(ada)
  await browser.submit({ code: '000000' })
  t.is(browser.page.status, 422)
  for (const each of [browser, other]) {
    await silently(each, { acr_values: 'urn:gatehouse:acr:2fa' })
    t.is(new URL(each.page.url).searchParams.get('error'), 'login_required')
  }
  await browser.open(`${url}/account/authenticator-app`)
  await browser.submit({ code: scan(browser, app.clock).code() })
  await other.open(`${url}/account/security`)
  t.is(other.heading, 'One more step')
})

test('S-06: a session that ends while an app is being added stays ended', async t => {
  for (let round = 0; round < 6; round++) {
    const { ada, browser, code } = await addingApp()
    await Promise.all([
      browser.submit({ code }),
      app.scope(() => app.sessions.revokeOthers(ada.id, null, { by: operator })),
    ])
    t.deepEqual(await app.scope(() => app.sessions.of(ada.id)), [])
  }
})
