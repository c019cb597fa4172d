import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { identityOf } from '../../../src/federation/providers/claim-mapping.ts'
import { addApp } from '../../support/authenticator-app.ts'
import { type Browser, leadsTo } from '../../support/browser.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { arrived, door, press, Setting } from './place.ts'

const clock = new MovingClock()
const setting = await Setting.start({ clock })
test.after.always(() => setting.stop())
const { gatehouse, upstream } = setting
const { app, url } = gatehouse

test.serial('M-07: signing in with a provider works again later, and amr says how', async t => {
  const ada = setting.personThere()
  const made = await setting.claims(await setting.through(ada))
  t.like(made, { email: ada.email, email_verified: true, name: 'Ada', acr: 'urn:gatehouse:acr:1fa' })
  t.deepEqual(made.amr, ['fed'])
  const again = await setting.claims(await setting.through(ada))
  t.is(again.sub, made.sub)
  t.is((await setting.events(made.sub))[0], 'sign-in.succeeded upstream:example')
})

test.serial('another person can sign in with the same provider in the same browser', async t => {
  const [ada, bob] = [setting.personThere(), setting.personThere({ name: 'Bob' })]
  const way = await setting.through(ada)
  const first = await setting.claims(way)
  const now = await setting.claims(await setting.through(bob, { prompt: 'login' }, way.browser))
  t.not(now.sub, first.sub)
  t.is(now.email, String(bob.email))
  const silent = await setting.asked({ prompt: 'none' }, way.browser)
  t.is((await setting.claims(silent)).sub, now.sub)
})

test.serial('the button opens a page that continues by itself and has a link', async t => {
  const { browser } = await setting.leaving()
  t.is(browser.heading, 'On to Example Upstream')
  t.is(browser.page.status, 200)
  const link = door(browser)
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

test.serial('R-11: callback parameters are in the URL of no page: each callback redirects at once', async t => {
  const { browser } = await setting.leaving()
  const back = await upstream.visit(door(browser), { as: setting.personThere() })
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
  const ada = setting.personThere()
  const session = (browser: Browser) =>
    [...browser.cookies.values()].find(({ name }) => name === 'gatehouse_session')?.value
  const { browser } = await setting.leaving()
  const planted = session(browser)
  await upstream.through(browser, { as: ada })
  const first = session(browser)
  t.true(arrived(browser))
  t.not(first, planted)
  await setting.through(ada, { prompt: 'login' }, browser)
  t.true(arrived(browser))
  t.not(session(browser), first)
})

test.serial('M-06: a second factor is required after the provider, and amr and acr are true', async t => {
  const ada = setting.personThere()
  const { sub } = await setting.claims(await setting.through(ada))
  const { its } = await addApp(gatehouse, sub)
  clock.advance(60)
  const way = await setting.through(ada)
  t.is(way.browser.heading, 'One more step')
  const none = await way.browser.copy().open((await setting.rp.begin({ prompt: 'none' })).url.href)
  t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')
  await way.browser.submit({ code: its.code() })
  const claims = await setting.claims(way)
  t.deepEqual([claims.acr, claims.amr], ['urn:gatehouse:acr:2fa', ['fed', 'otp', 'mfa']])

  t.falsy((await setting.through(ada)).browser.document.querySelector('[name="trust"]'))

  // A person with a trusted browser is signed in at the provider in it too.
  clock.advance(60)
  const person = await makePerson(gatehouse)
  const [foreigner, apps] = [setting.personThere(), await addApp(gatehouse, person.id)]
  await app.scope(async () => {
    const [account, provider] = [await app.accounts.find(person.id), await app.identityProviders.find('example')]
    const identity = identityOf(provider, foreigner)
    await app.identityLinks.add(account, provider, { identity, tokens: null }, { by: operator })
  })
  clock.advance(60)
  const trusted = await setting.asked()
  await trusted.browser.submit({ email: person.email, password: person.password })
  await trusted.browser.submit({ code: apps.its.code(), trust: 'yes' })
  t.true(arrived(trusted.browser))
  const session = [...trusted.browser.cookies.keys()].filter(key => key.includes('session'))
  for (const key of session) trusted.browser.cookies.delete(key)
  await setting.through(foreigner, {}, trusted.browser)
  t.is(trusted.browser.heading, 'One more step')
})

test.serial("M-06: a provider's mfa counts as a second factor only if the operator trusts it", async t => {
  const ada = setting.personThere({ idToken: { amr: ['pwd', 'mfa'] } })
  const first = await setting.claims(await setting.through(ada))
  t.deepEqual([first.acr, first.amr], ['urn:gatehouse:acr:1fa', ['fed']])
  await addApp(gatehouse, first.sub)
  t.is((await setting.through(ada)).browser.heading, 'One more step')

  const trust = (trustedAmr: string[]) =>
    app.scope(() => app.identityProviders.update('example', { policy: { trustedAmr } }, { by: operator }))
  await trust(['mfa'])
  const claims = await setting.claims(await setting.through(ada))
  t.deepEqual([claims.acr, claims.amr], ['urn:gatehouse:acr:2fa', ['fed', 'mfa']])
  await trust([])
})

test.serial('the password form beside the buttons works from the first page on', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await setting.asked()
  await browser.submit({ email: ada.email, password: ada.password })
  t.true(arrived(browser))
})

test.serial('X-02: each enabled provider has a button, by position, and its title is escaped', async t => {
  await upstream.connect(gatehouse, { name: 'second', title: 'Second <b>one</b>', position: 1 })
  t.teardown(() => setting.provider('remove', 'second'))
  const buttons = ({ document }: Browser) =>
    document.querySelectorAll('button[name="provider"]').map(each => each.textContent.replace(/\s+/g, ' ').trim())
  const { browser } = await setting.asked()
  t.deepEqual(buttons(browser), ['Continue with Second <b>one</b>', 'Continue with Example Upstream'])
  t.is(browser.document.querySelectorAll('b').length, 0)
  await press(browser, 'second')
  t.is(browser.heading, 'On to Second <b>one</b>')
  t.is(browser.document.querySelectorAll('b').length, 0)
  await setting.provider('disable')
  const later = await setting.asked()
  t.deepEqual(buttons(later.browser), ['Continue with Second <b>one</b>'])
  await setting.provider('enable')
  await later.browser.open(later.browser.document.querySelector('a[href$="/register"]')!.getAttribute('href')!)
  t.is(buttons(later.browser).length, 2)
})
