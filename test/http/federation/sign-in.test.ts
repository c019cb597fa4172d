import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { identityOf } from '../../../src/federation/providers/claim-mapping.ts'
import { addApp } from '../../support/authenticator-app.ts'
import { type Browser, leadsTo } from '../../support/browser.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { atApplication, FederationSetup, press, providerLink } from './federation-setup.ts'

const clock = new MovingClock()
const setup = await FederationSetup.start({ clock })
test.after.always(() => setup.stop())
const { gatehouse, upstream } = setup
const { app, url } = gatehouse

test.serial('M-07: a person can sign in with a provider repeatedly, and amr reports the method', async t => {
  const ada = setup.upstreamPerson()
  const made = await setup.claims(await setup.signInThrough(ada))
  t.like(made, { email: ada.email, email_verified: true, name: 'Ada', acr: 'urn:gatehouse:acr:1fa' })
  t.deepEqual(made.amr, ['fed'])
  const again = await setup.claims(await setup.signInThrough(ada))
  t.is(again.sub, made.sub)
  t.is((await setup.events(made.sub))[0], 'sign-in.succeeded upstream:example')
})

test.serial('another person can sign in with the same provider in the same browser', async t => {
  const [ada, bob] = [setup.upstreamPerson(), setup.upstreamPerson({ name: 'Bob' })]
  const started = await setup.signInThrough(ada)
  const first = await setup.claims(started)
  const now = await setup.claims(await setup.signInThrough(bob, { prompt: 'login' }, started.browser))
  t.not(now.sub, first.sub)
  t.is(now.email, String(bob.email))
  const silent = await setup.signInPage({ prompt: 'none' }, started.browser)
  t.is((await setup.claims(silent)).sub, now.sub)
})

test.serial('the button opens a page that continues by itself and has a link', async t => {
  const { browser } = await setup.providerPage()
  t.is(browser.heading, 'On to Example Upstream')
  t.is(browser.page.status, 200)
  const link = providerLink(browser)
  const refresh = browser.document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content')
  t.is(refresh, `0; url=${link}`)
  const { searchParams, origin } = new URL(link)
  t.is(origin, upstream.url)
  t.is(searchParams.get('redirect_uri'), `${url}/federation/example/callback`)
  t.is(searchParams.get('code_challenge_method'), 'S256')
  for (const name of ['state', 'nonce', 'code_challenge']) t.true((searchParams.get(name)?.length ?? 0) >= 43, name)
  for (const name of ['prompt', 'max_age', 'login_hint']) t.false(searchParams.has(name), name)
  t.is(browser.page.headers.get('cache-control'), 'no-store')
  t.is(browser.page.headers.get('referrer-policy'), 'same-origin')
  t.regex(browser.page.headers.get('content-security-policy') ?? '', /form-action 'self';/)
})

test.serial('R-11: callback parameters are in the URL of no page, because each callback redirects at once', async t => {
  const { browser } = await setup.providerPage()
  const back = await upstream.visit(providerLink(browser), { as: setup.upstreamPerson() })
  const answer = await browser.fetch(back)
  t.is(answer.status, 303)
  t.is(answer.headers.get('cache-control'), 'no-store')
  const onward = answer.headers.get('location') ?? ''
  t.regex(onward, /^\/interaction\/[\w-]+\/upstream-result$/)
  t.notRegex(await answer.text(), /code=/)
  const next = await browser.fetch(onward)
  t.is(next.status, 200)
  const page = await next.text()
  t.regex(leadsTo(page) ?? '', /^\/auth\/[\w-]+$/)
  t.notRegex(page, /code=|state=/)
})

test.serial('S-01: each sign-in with a provider gets a new session ID', async t => {
  const ada = setup.upstreamPerson()
  const session = (browser: Browser) =>
    [...browser.cookies.values()].find(({ name }) => name === 'gatehouse_session')?.value
  const { browser } = await setup.providerPage()
  const planted = session(browser)
  await upstream.through(browser, { as: ada })
  const first = session(browser)
  t.true(atApplication(browser))
  t.not(first, planted)
  await setup.signInThrough(ada, { prompt: 'login' }, browser)
  t.true(atApplication(browser))
  t.not(session(browser), first)
})

test.serial(
  'M-06: a second factor is required after the provider, even in a trusted browser, and amr and acr report it',
  async t => {
    const ada = setup.upstreamPerson()
    const { sub } = await setup.claims(await setup.signInThrough(ada))
    const { authenticator } = await addApp(gatehouse, sub)
    clock.advance(60)
    const started = await setup.signInThrough(ada)
    t.is(started.browser.heading, 'One more step')
    const none = await started.browser.copy().open((await setup.rp.begin({ prompt: 'none' })).url.href)
    t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')
    await started.browser.submit({ code: authenticator.code() })
    const claims = await setup.claims(started)
    t.deepEqual([claims.acr, claims.amr], ['urn:gatehouse:acr:2fa', ['fed', 'otp', 'mfa']])

    t.falsy((await setup.signInThrough(ada)).browser.document.querySelector('[name="trust"]'))

    // A person signs in with the provider in a trusted browser.
    clock.advance(60)
    const person = await makePerson(gatehouse)
    const [upstreamIdentity, apps] = [setup.upstreamPerson(), await addApp(gatehouse, person.id)]
    await app.scope(async () => {
      const [account, provider] = [await app.accounts.find(person.id), await app.identityProviders.find('example')]
      const identity = identityOf(provider, upstreamIdentity)
      await app.identityLinks.add(account, provider, { identity, tokens: null }, { by: operator })
    })
    clock.advance(60)
    const trusted = await setup.signInPage()
    await trusted.browser.submit({ email: person.email, password: person.password })
    await trusted.browser.submit({ code: apps.authenticator.code(), trust: 'yes' })
    t.true(atApplication(trusted.browser))
    const session = [...trusted.browser.cookies.keys()].filter(key => key.includes('session'))
    for (const key of session) trusted.browser.cookies.delete(key)
    await setup.signInThrough(upstreamIdentity, {}, trusted.browser)
    t.is(trusted.browser.heading, 'One more step')
  },
)

test.serial("M-06: a provider's mfa counts as a second factor only if the operator trusts it", async t => {
  const ada = setup.upstreamPerson({ idToken: { amr: ['pwd', 'mfa'] } })
  const first = await setup.claims(await setup.signInThrough(ada))
  t.deepEqual([first.acr, first.amr], ['urn:gatehouse:acr:1fa', ['fed']])
  await addApp(gatehouse, first.sub)
  t.is((await setup.signInThrough(ada)).browser.heading, 'One more step')

  const trust = (trustedAmr: string[]) =>
    app.scope(() => app.identityProviders.update('example', { policy: { trustedAmr } }, { by: operator }))
  await trust(['mfa'])
  const claims = await setup.claims(await setup.signInThrough(ada))
  t.deepEqual([claims.acr, claims.amr], ['urn:gatehouse:acr:2fa', ['fed', 'mfa']])
  await trust([])
})

test.serial('the password form beside the buttons of the providers works', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await setup.signInPage()
  await browser.submit({ email: ada.email, password: ada.password })
  t.true(atApplication(browser))
})

test.serial('X-02: each enabled provider has a button, by position, and its title is escaped', async t => {
  await upstream.connect(gatehouse, { name: 'second', title: 'Second <b>one</b>', position: 1 })
  t.teardown(() => setup.provider('remove', 'second'))
  const buttons = ({ document }: Browser) =>
    document.querySelectorAll('button[name="provider"]').map(each => each.textContent.replace(/\s+/g, ' ').trim())
  const { browser } = await setup.signInPage()
  t.deepEqual(buttons(browser), ['Continue with Second <b>one</b>', 'Continue with Example Upstream'])
  t.is(browser.document.querySelectorAll('b').length, 0)
  await press(browser, 'second')
  t.is(browser.heading, 'On to Second <b>one</b>')
  t.is(browser.document.querySelectorAll('b').length, 0)
  await setup.provider('disable')
  const later = await setup.signInPage()
  t.deepEqual(buttons(later.browser), ['Continue with Second <b>one</b>'])
  await setup.provider('enable')
  await later.browser.open(later.browser.document.querySelector('a[href$="/register"]')!.getAttribute('href')!)
  t.is(buttons(later.browser).length, 2)
})
