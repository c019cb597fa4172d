import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import type { Browser } from '../../support/browser.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { atApplication, FederationSetup, press, providerLink } from './federation-setup.ts'

const clock = new MovingClock()
const setup = await FederationSetup.start({ clock })
test.after.always(() => setup.stop())
const { gatehouse, upstream, rp } = setup
const { app, url } = gatehouse
test.before(async () => {
  await upstream.connect(gatehouse, { name: 'staff', title: 'Staff', policy: { domains: ['staff.example'] } })
})

const atProvider = ({ page }: Browser) => page.url.startsWith(upstream.url)
const sentParameters = ({ page }: Browser) => new URL(page.url).searchParams

test.serial('an application can name a provider, and the browser is redirected there', async t => {
  const { browser, begun } = await setup.signInPage({ idp_hint: 'example', login_hint: 'ada@example.org' })
  t.true(atProvider(browser))
  t.is(sentParameters(browser).get('redirect_uri'), `${url}/federation/example/callback`)
  t.is(sentParameters(browser).get('login_hint'), 'ada@example.org')
  await upstream.through(browser, { as: setup.upstreamPerson() })
  t.truthy((await rp.redeem(begun, browser)).claims())
})

test.serial('a login_hint with a domain of exactly one provider redirects to that provider', async t => {
  const { browser } = await setup.signInPage({ login_hint: 'Ada@STAFF.example' })
  t.true(atProvider(browser))
  t.is(sentParameters(browser).get('redirect_uri'), `${url}/federation/staff/callback`)
  t.false(atProvider((await setup.signInPage({ login_hint: 'ada@other.example' })).browser))
  t.false(atProvider((await setup.signInPage({ login_hint: 'ada@sub.staff.example' })).browser))
  await upstream.connect(gatehouse, { name: 'second', policy: { domains: ['staff.example'] } })
  t.teardown(() => setup.provider('remove', 'second'))
  const undecided = (await setup.signInPage({ login_hint: 'ada@staff.example' })).browser
  t.is(undecided.heading, 'Sign in')
  t.is(undecided.field('email'), 'ada@staff.example')
})

test.serial('with an unknown, disabled or unreachable provider, the sign-in page is shown', async t => {
  for (const hint of ['nobody', '', '../example', '__proto__']) {
    const { browser } = await setup.signInPage({ idp_hint: hint })
    t.is(browser.heading, 'Sign in', hint)
    t.is(browser.page.status, 200)
  }
  await setup.provider('disable')
  t.is((await setup.signInPage({ idp_hint: 'example' })).browser.heading, 'Sign in')
  await setup.provider('enable')
  const down = {
    kind: 'oidc',
    name: 'down',
    title: 'Down',
    issuer: 'http://127.0.0.1:9',
    clientId: 'x',
    secret: 'x',
  } as const
  await app.scope(() => app.identityProviders.register(down, { by: operator }))
  t.teardown(() => setup.provider('remove', 'down'))
  const { browser } = await setup.signInPage({ idp_hint: 'down' })
  t.is(browser.heading, 'Sign in')
  t.truthy(browser.document.querySelector('[role="alert"]'))
  await press(browser, 'down')
  t.is(browser.heading, 'Sign in')
  t.is(browser.page.status, 502)
})

test.serial('after the person returns from the provider, the sign-in page does not redirect again', async t => {
  const { browser } = await setup.signInPage({ idp_hint: 'example' })
  await upstream.through(browser, { cancel: true })
  t.is(browser.heading, 'Sign in')
  await browser.open(browser.page.url.split('?')[0]!)
  t.is(browser.heading, 'Sign in')
  await browser.open(browser.document.querySelector('a[href$="/register"]')!.getAttribute('href')!)
  await browser.follow('Sign in')
  t.is(browser.heading, 'Sign in')
  const ada = await makePerson(gatehouse)
  await browser.submit({ email: ada.email, password: ada.password })
  t.true(atApplication(browser))
})

test.serial('a person who is signed in is not redirected to the provider', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  await setup.signInPage({ idp_hint: 'example' }, browser)
  t.true(atApplication(browser))
  await setup.signInPage({ idp_hint: 'example', prompt: 'login' }, browser)
  t.is(browser.heading, 'Sign in')
  t.is(browser.document.querySelectorAll('button[name="provider"]').length, 2)
})

test.serial('S-11: a request for re-authentication is passed on to the provider', async t => {
  const ada = setup.upstreamPerson()
  const started = await setup.signInThrough(ada)
  const first = await setup.claims(started)
  const { browser } = started
  const wanted = async (parameters: Record<string, string>) => {
    await setup.providerPage(parameters, browser)
    return new URL(providerLink(browser)).searchParams
  }
  const login = await wanted({ prompt: 'login' })
  t.deepEqual([login.get('prompt'), login.get('max_age')], ['login', '0'])
  const again = await setup.claims({ ...started, ...(await setup.signInThrough(ada, { max_age: '300' })) })
  t.is(again.sub, first.sub)
  const recent = new URL(providerLink((await setup.providerPage({ max_age: '300' })).browser)).searchParams
  t.deepEqual([recent.get('prompt'), recent.get('max_age')], [null, '300'])
})

test.serial('an auth_time that is too old is refused', async t => {
  const anHourAgo = Math.floor(clock.now().getTime() / 1000) - 3600
  const ada = setup.upstreamPerson({ idToken: { auth_time: anHourAgo } })
  const started = await setup.signInThrough(ada)
  t.true(atApplication(started.browser))
  for (const parameters of [{ prompt: 'login' }, { max_age: '600' }] as Record<string, string>[]) {
    const { browser } = await setup.signInThrough(ada, parameters)
    t.is(browser.heading, 'Sign in', JSON.stringify(parameters))
    t.true(browser.text.includes('Example Upstream has let you through without asking.'))
    t.is(browser.document.querySelectorAll('button[name="provider"]').length, 2)
  }
  t.true(atApplication((await setup.signInThrough(ada, { max_age: '7200' })).browser))
})
