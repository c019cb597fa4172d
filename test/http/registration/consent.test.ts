import test from 'ava'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { registeredParty } from '../../support/registering-program.ts'
import { CALLBACK, RelyingParty } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { CLIENT_REGISTRATION: 'open', CLIENT_REGISTRATION_LIMIT_IP: '1000/1m' },
})
test.after.always(() => gatehouse.stop())

async function consentPage(rp: RelyingParty, parameters: Record<string, string> = {}) {
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ scope: 'openid email', ...parameters })
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  return { browser, ada, begun }
}

test('D-05: the consent page says that the application registered itself, and where it sends people', async t => {
  const name = `"><script>alert(1)</script><b>Bank</b>`
  const rp = await registeredParty(gatehouse, { client_name: name, logo_uri: 'https://bank.example/logo.png' })
  const { browser } = await consentPage(rp)
  t.true(browser.text.includes('registered itself on'))
  t.true(browser.text.includes('checked it. Allow it only if you trust the address it sends you to: app.example.org'))
  t.true(browser.text.includes(name), 'as text')
  t.is(browser.document.querySelector('h1 script, h1 b, main script:not([src])'), null)
  t.false(browser.page.html.includes('https://bank.example/logo.png'), 'no one has checked the logo')
})

test('the consent page of an application that an operator registered says nothing of the kind', async t => {
  const { browser } = await consentPage(await RelyingParty.register(gatehouse))
  t.truthy(browser.document.querySelector('[name="decision"]'))
  t.false(browser.text.includes('registered itself'))
})

for (const [kind, metadata, redirect] of [
  ['a native application', { application_type: 'native' as const }, 'http://127.0.0.1:4711/cb'],
  ['an application on localhost', {}, 'http://localhost:4711/cb'],
] as const)
  test(`consent is asked for at each sign-in to ${kind} that registered itself`, async t => {
    const rp = await registeredParty(gatehouse, {
      ...metadata,
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'none',
    })
    const { browser } = await consentPage(rp, { redirect_uri: redirect })
    t.true(browser.text.includes('an application on this device'))
    await browser.submit({ decision: 'allow' })
    t.true(browser.page.url.startsWith(redirect))

    await browser.open((await rp.begin({ scope: 'openid email', redirect_uri: redirect })).url.href)
    t.truthy(browser.document.querySelector('[name="decision"]'), 'again')
    await browser.open((await rp.begin({ scope: 'openid', redirect_uri: redirect, prompt: 'none' })).url.href)
    t.regex(browser.page.url, /error=(interaction|consent)_required/)
  })

test('D-05: consent to one host of an application does not send people to another', async t => {
  const other = 'https://evil.test/cb'
  const rp = await registeredParty(gatehouse, { redirect_uris: [CALLBACK, other] })
  const { browser } = await consentPage(rp)
  await browser.submit({ decision: 'allow' })
  await browser.open((await rp.begin({ scope: 'openid', redirect_uri: other, prompt: 'none' })).url.href)
  t.regex(browser.page.url, /^https:\/\/evil\.test\/cb\?.*error=(interaction|consent)_required/)
  await browser.open((await rp.begin({ scope: 'openid', redirect_uri: other })).url.href)
  t.true(browser.text.includes('the address it sends you to: evil.test'))
  await browser.submit({ decision: 'deny' })
  await browser.open((await rp.begin({ scope: 'openid email' })).url.href)
  t.true(browser.page.url.startsWith(CALLBACK), 'the first one is still remembered')
})

test('consent to an application at its own host is remembered', async t => {
  const rp = await registeredParty(gatehouse)
  const { browser } = await consentPage(rp)
  await browser.submit({ decision: 'allow' })
  await browser.open((await rp.begin({ scope: 'openid email' })).url.href)
  t.true(browser.page.url.startsWith(CALLBACK))
})

test('D-05: a program that registered itself does not get roles by naming the claim either', async t => {
  const rp = await registeredParty(gatehouse, { scope: 'openid email' })
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const claims = JSON.stringify({ id_token: { roles: null, email: null }, userinfo: { roles: { essential: true } } })
  const { tokens } = await rp.signIn(ada, { scope: 'openid', claims })
  t.like(tokens.claims(), { email: ada.email, roles: undefined })
  t.is((await rp.userinfo(tokens.access_token, ada.id)).roles, undefined)
})
