import test from 'ava'
import { Browser } from '../../support/browser.ts'
import { atApplication, FederationSetup, press } from './federation-setup.ts'

const setup = await FederationSetup.start({ env: { SIGN_IN_LIMIT_IP: '5/1h' } })
const { gatehouse } = setup
test.after.always(() => setup.stop())

test.serial('completed sign-ins with a provider are not limited', async t => {
  const ada = setup.upstreamPerson()
  for (let time = 0; time < 7; time++) t.true(atApplication((await setup.signInThrough(ada)).browser))
})

test.serial('N-01, L-03: upstream requests are limited by IP address, whatever X-Forwarded-For says', async t => {
  const { browser } = await setup.signInPage()
  for (let i = 1; i <= 5; i++) {
    await browser.submit(
      { provider: 'example' },
      { action: '/upstream', headers: { 'x-forwarded-for': `203.0.113.${i}` } },
    )
    t.is(browser.page.status, 200)
    await setup.signInPage({}, browser)
  }
  await browser.submit({ provider: 'example' }, { action: '/upstream', headers: { 'x-forwarded-for': 'a' } })
  t.is(browser.page.status, 429)
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
  t.is(browser.heading, 'Sign in')
  t.falsy(browser.page.html.includes(setup.upstream.url))
})

test.serial('N-01: requests that name a provider are limited too, and show the sign-in page', async t => {
  const browser = new Browser(gatehouse.url)
  const { page } = (await setup.signInPage({ idp_hint: 'example' }, browser)).browser
  t.is(page.status, 429)
  t.is(browser.heading, 'Sign in')
  t.is((await press(browser)).page.status, 429)
})
