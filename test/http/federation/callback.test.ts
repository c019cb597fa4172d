import test from 'ava'
import { Browser } from '../../support/browser.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { atApplication, FederationSetup, press, providerLink } from './federation-setup.ts'

const clock = new MovingClock()
const setup = await FederationSetup.start({ clock })
test.after.always(() => setup.stop())
const { gatehouse, upstream, rp } = setup
const { app, url } = gatehouse

const LOST = 'There is nothing to go on with here'
const accounts = () => app.em.fork().execute<{ n: number }[]>('select count(*)::int n from account')
const links = () => app.em.fork().execute<{ n: number }[]>('select count(*)::int n from identity_link')
const counts = async () => [(await accounts())[0]?.n, (await links())[0]?.n]
const isSignedOut = async (browser: Browser) => {
  const none = await browser.copy().open((await rp.begin({ prompt: 'none' })).url.href)
  return new URL(none.page.url).searchParams.get('error') === 'login_required'
}

test.serial('U-05: a response for another browser signs no one in, with and without cookies', async t => {
  const attacker = await setup.providerPage()
  const back = await upstream.visit(providerLink(attacker.browser), { as: setup.upstreamPerson() })
  const before = await counts()
  const victims = [new Browser(url), (await setup.signInPage()).browser, (await setup.providerPage()).browser]
  for (const victim of victims) {
    await victim.open(back)
    t.is(victim.page.status, 404)
    t.is(victim.heading, LOST)
    t.true(await isSignedOut(victim))
  }
  t.deepEqual(await counts(), before)
  // The response still works in the browser that it belongs to.
  await attacker.browser.open(back)
  t.true(atApplication(attacker.browser))
})

test.serial('U-05: a callback works once, and only while its request is pending', async t => {
  const { browser } = await setup.providerPage()
  const back = await upstream.visit(providerLink(browser), { as: setup.upstreamPerson() })
  const twice = await Promise.all([browser.fetch(back), browser.fetch(back)])
  t.deepEqual(twice.map(({ status }) => status).sort(), [303, 404])
  await browser.open(back)
  t.is(browser.heading, LOST)

  const late = await setup.providerPage()
  const tooLate = await upstream.visit(providerLink(late.browser), { as: setup.upstreamPerson() })
  const before = await counts()
  if (app.redis === null) {
    clock.advance(16 * 60)
    await app.em
      .fork()
      .execute("update artifact set expires_at = now() - interval '1 s' where kind = 'UpstreamRequest'")
    await late.browser.open(tooLate)
    t.is(late.browser.heading, LOST)
    t.deepEqual(await counts(), before)
  }
})

test.serial('U-05: an unknown or missing state, or a forged code, changes nothing', async t => {
  const { browser } = await setup.providerPage()
  const { searchParams } = new URL(providerLink(browser))
  const before = await counts()
  for (const query of [
    '',
    '?code=x',
    '?code=x&state=',
    '?code=x&state=forged',
    '?state=%00&code=x',
    '?error=access_denied',
  ]) {
    await browser.open(`${url}/federation/example/callback${query}`)
    t.is(browser.page.status, 404, query)
    t.is(browser.heading, LOST)
  }
  await browser.open(
    `${url}/federation/example/callback?code=forged&state=${searchParams.get('state')}&iss=${upstream.url}`,
  )
  t.is(browser.heading, 'Sign in')
  t.true(browser.text.includes('We could not make sense of the answer from Example Upstream'))
  t.true(await isSignedOut(browser))
  t.deepEqual(await counts(), before)
})

test.serial('a response at the redirect URI of another provider is refused', async t => {
  const other = await upstream.connect(gatehouse, { name: 'other', title: 'Other' })
  t.teardown(() => setup.provider('remove', other.name))
  const { browser } = await setup.providerPage()
  const back = await upstream.visit(providerLink(browser), { as: setup.upstreamPerson() })
  await browser.open(back.replace('/federation/example/', '/federation/other/'))
  t.is(browser.heading, 'Sign in')
  t.true(await isSignedOut(browser))
  await browser.open(back)
  t.is(browser.heading, LOST)
})

test.serial('U-08: a provider that is disabled or removed during a sign-in signs no one in', async t => {
  for (const change of ['disable', 'remove'] as const) {
    const name = `gone-${change}`
    await upstream.connect(gatehouse, { name, title: 'Gone' })
    const [early, late] = [await setup.signInPage(), await setup.signInPage()]
    for (const { browser } of [early, late]) await press(browser, name)
    const [back, again] = await Promise.all(
      [early, late].map(({ browser }) => upstream.visit(providerLink(browser), { as: setup.upstreamPerson() })),
    )
    const resultPage = (await late.browser.fetch(again!)).headers.get('location') ?? ''
    t.true(resultPage.endsWith('/upstream-result'))
    const before = await counts()
    await setup.provider(change, name)
    await early.browser.open(back!)
    await late.browser.open(resultPage)
    for (const { browser } of [early, late]) {
      t.is(browser.heading, 'Sign in', change)
      t.true(browser.text.includes('This way in is not open any more.'))
      t.true(await isSignedOut(browser))
    }
    t.deepEqual(await counts(), before)
  }
})

test.serial('U-08: a person who is suspended during a sign-in is refused without a reason', async t => {
  const ada = setup.upstreamPerson()
  const { sub } = await setup.claims(await setup.signInThrough(ada))
  const { browser } = await setup.providerPage()
  await app.scope(() => app.suspension.suspend(sub, { by: { kind: 'operator' } as never }))
  await upstream.through(browser, { as: ada })
  t.is(browser.heading, 'Sign in')
  t.true(browser.text.includes('We cannot let you in with Example Upstream.'))
  t.notRegex(browser.text, /suspend/i)
  t.true(await isSignedOut(browser))
  t.is((await setup.events(sub))[0], 'sign-in.refused suspended')
})

test.serial('S-03, S-04: an upstream request starts only from a form of our own page', async t => {
  const { browser } = await setup.signInPage()
  const action = `${new URL(browser.page.url).pathname}/upstream`
  const csrf = browser.field('csrf') ?? ''
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    browser.fetch(action, { method: 'POST', body: new URLSearchParams(fields), headers })
  const provider = 'example'
  const otherSite = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const answer of [
    await post({ provider, csrf }, otherSite),
    await post({ provider }, { origin: url }),
    await post({ provider, csrf: 'x'.repeat(43) }, { origin: url }),
    await post({ provider, csrf }, { 'sec-fetch-site': 'cross-site' }),
  ]) {
    t.is(answer.status, 403)
    t.notRegex(await answer.text(), /http-equiv="refresh"/)
  }
  t.is((await browser.fetch(`${action}?provider=example`)).status, 404)
  t.is((await post({ provider: 'nobody', csrf }, { origin: url })).status, 404)
  t.is((await post({ provider, csrf }, { origin: url })).status, 200)
})

test.serial('a person who cancels at the provider sees the reason and the other sign-in methods', async t => {
  const { browser, begun } = await setup.providerPage()
  await upstream.through(browser, { cancel: true })
  t.is(browser.heading, 'Sign in')
  t.regex(browser.document.querySelector('title')?.textContent ?? '', /^Problem: /)
  const alert = browser.document.querySelector('[role="alert"]')
  t.true(alert?.hasAttribute('autofocus'))
  t.true(alert?.textContent.includes('You have turned back at Example Upstream.'))
  t.is(browser.document.querySelectorAll('[autofocus]').length, 1)
  await press(browser)
  await upstream.through(browser, { as: setup.upstreamPerson() })
  t.truthy((await rp.redeem(begun, browser)).claims())
})

test.serial('X-01: error texts of a provider are never shown', async t => {
  const evil = '<script>alert(1)</script>'
  for (const error of ['access_denied', 'server_error', 'invalid_request', evil]) {
    const { browser } = await setup.providerPage()
    const state = new URL(providerLink(browser)).searchParams.get('state') ?? ''
    const said = new URLSearchParams({
      state,
      error,
      error_description: `${evil} call 0800`,
      error_uri: 'https://evil.example',
    })
    await browser.open(`${url}/federation/example/callback?${said}&iss=${encodeURIComponent(upstream.url)}`)
    t.is(browser.heading, 'Sign in', error)
    t.truthy(browser.document.querySelector('[role="alert"]'))
    for (const word of ['alert(1)', '0800', 'evil.example', error])
      t.false(browser.page.html.includes(word), `${error}: ${word}`)
  }
  const { browser } = await setup.signInPage()
  await browser.open(`${browser.page.url}?upstream=${encodeURIComponent(evil)}&provider=${encodeURIComponent(evil)}`)
  t.is(browser.document.querySelector('[role="alert"]'), null)
  await browser.open(`${browser.page.url.split('?')[0]}?upstream=broken&provider=${encodeURIComponent(evil)}`)
  t.true(browser.text.includes('the answer from the other service'))
  t.false(browser.page.html.includes('alert(1)'))
})

test.serial('with an unavailable or broken provider, the other sign-in methods still work', async t => {
  for (const [fault, words] of [
    ['failing token', 'There is no answer from Example Upstream.'],
    ['wrong issuer', 'We could not make sense of the answer from Example Upstream.'],
    ['no subject', 'We could not make sense of the answer from Example Upstream.'],
  ] as const) {
    upstream.fault = fault
    const { browser } = await setup.signInThrough(setup.upstreamPerson())
    upstream.fault = null
    t.is(browser.heading, 'Sign in', fault)
    t.true(browser.text.includes(words), fault)
    t.true(await isSignedOut(browser))
  }
})

test.serial('a form post callback arrives without cookies, so it redirects the browser to a GET request', async t => {
  const { browser, begun } = await setup.providerPage()
  const back = new URL(await upstream.visit(providerLink(browser), { as: setup.upstreamPerson() }))
  const body = new URLSearchParams([...back.searchParams, ['user', '{"name":{}}'], ['unknown', 'x'], ['state2', 'y']])
  const answer = await fetch(back.origin + back.pathname, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { origin: upstream.url, 'sec-fetch-site': 'cross-site' },
  })
  t.is(answer.status, 303)
  t.is(answer.headers.getSetCookie().length, 0)
  const location = new URL(answer.headers.get('location') ?? '', url)
  t.deepEqual([...location.searchParams.keys()].sort(), ['code', 'iss', 'state', 'user'])
  await browser.open(location.href)
  t.truthy((await rp.redeem(begun, browser)).claims())
  const huge = await fetch(back.origin + back.pathname, {
    method: 'POST',
    body: new URLSearchParams({ state: 'x', user: 'x'.repeat(9000) }),
    redirect: 'manual',
  })
  t.is(huge.status, 413)
})
