import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const ORDERS = 'https://orders.example.org'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
const scopes = [
  { name: 'orders:read', description: 'See what you have ordered' },
  { name: 'orders:write', description: 'Order in your name' },
]
await app.scope(() => app.resources.register({ id: ORDERS, name: 'Orders', scopes }, { by: operator }))
test.after.always(() => gatehouse.stop())

test('a later consent page shows all permissions, including those allowed before', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'email', 'offline_access', 'orders:read'] })
  const request = { scope: 'openid email offline_access orders:read', resource: ORDERS, prompt: 'consent' }
  const consentPage = async (browser: Browser) => {
    const begun = await rp.begin(request)
    await browser.open(begun.url.href)
    if (browser.document.querySelector('[name="password"]'))
      await browser.submit({ email: ada.email, password: ada.password })
    const { text } = browser
    await browser.submit({ decision: 'allow' })
    await rp.redeem(begun, browser)
    return text
  }
  const known = new Browser(url)
  for (const browser of [known, known, new Browser(url)]) {
    const text = await consentPage(browser)
    for (const words of [ada.email, 'Orders', 'See what you have ordered']) t.true(text.includes(words), words)
    t.false(text.includes('Order in your name'))
  }
})

test('the consent page says how long this application keeps access', async t => {
  const ada = await makePerson(gatehouse)
  const pageText = async (registration: object) => {
    const rp = await RelyingParty.register(gatehouse, registration)
    const begun = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' })
    const browser = await new Browser(url).open(begun.url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    return browser.text
  }
  t.true((await pageText({})).includes('90 days'))
  t.true((await pageText({ refreshTokenMaxTtl: 2 * 86_400 })).includes('2 days'))
})

test('no one is asked for the same consent twice or for claims that need no consent', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const claims = JSON.stringify({ id_token: { auth_time: { essential: true }, email: null, 'no\0claim': null } })
  for (const asked of [true, false]) {
    const begun = await rp.begin({ scope: 'openid', claims })
    const browser = await new Browser(url).open(begun.url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    t.is(browser.document.querySelector('[name="decision"]') !== null, asked)
    if (asked) await browser.submit({ decision: 'allow' })
    const idToken = (await rp.redeem(begun, browser)).claims()!
    t.is(idToken.email, ada.email)
    t.is(typeof idToken.auth_time, 'number')
  }
})

for (const firstParty of [false, true]) {
  test(`D-05: a claim by name needs the same registration as its scope (first-party: ${firstParty})`, async t => {
    const ada = await makePerson(gatehouse, { roles: ['admin'] })
    const mapped = { claims: [{ claim: 'mail', from: 'email' }] }
    const rp = await RelyingParty.register(gatehouse, { scopes: ['profile'], firstParty, ...mapped })
    const wanted = { name: null, email: null, mail: null, roles: { essential: true }, phone_number: null }
    const claims = JSON.stringify({ id_token: wanted, userinfo: wanted })
    const begun = await rp.begin({ scope: 'openid', claims })
    const browser = await new Browser(url).open(begun.url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    if (!firstParty) {
      const shown = browser.document.querySelector('main')?.textContent ?? ''
      t.true(shown.includes(ada.name))
      t.false(shown.includes('admin'))
      await browser.submit({ decision: 'allow' })
    }
    const tokens = await rp.redeem(begun, browser)
    const refused = { email: undefined, mail: undefined, roles: undefined }
    t.like(tokens.claims(), { name: 'Ada', ...refused })
    t.like(await rp.userinfo(tokens.access_token, ada.id), { name: 'Ada', ...refused })
  })
}
