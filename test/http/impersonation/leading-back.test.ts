import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import type { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs } from '../../support/impersonation.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const BACK = 'https://app.example.org/signed-out'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' }, clock })
const { app, url } = gatehouse
const rp = await RelyingParty.register(gatehouse, { firstParty: true, postLogoutRedirectUris: [BACK] })
test.after.always(() => gatehouse.stop())

const endsOf = (id: string) =>
  app.scope(async () => (await app.audit.of(id, { kinds: ['impersonation.ended'] })).map(({ reason }) => reason))
const sessionsOf = (id: string) => app.scope(() => app.sessions.of(id))

/** The answers to requests that a browser sends at once with its cookies. It keeps those of the answers in this order. */
async function atOnce(browser: Browser, paths: string[]): Promise<Response[]> {
  const tabs = paths.map(() => browser.copy())
  const answers = await Promise.all(tabs.map((tab, i) => tab.fetch(`${url}${paths[i]}`)))
  const before = new Map(browser.cookies)
  for (const tab of tabs) {
    for (const key of before.keys()) if (!tab.cookies.has(key)) browser.cookies.delete(key)
    for (const [key, cookie] of tab.cookies)
      if (cookie.value !== before.get(key)?.value) browser.cookies.set(key, cookie)
  }
  return answers
}

test.serial('of several pages that are opened at once when it is over none signs the administrator out', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  clock.advance(61)
  const answers = await atOnce(browser, ['/account', '/account/history', '/', '/account/sessions'])
  for (const answer of answers) t.is(answer.headers.get('location'), '/impersonation/ended')
  await browser.open(`${url}/impersonation/ended`)
  t.is(browser.heading, 'The support session has ended')
  t.true(browser.text.includes(olga.email))
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
  t.is((await sessionsOf(olga.id)).length, 1)
  t.deepEqual(await endsOf(ana.id), ['time'])
})

test.serial('a browser that did not get the answer with the session is not redirected for ever', async t => {
  const { olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  const stale = browser.copy()
  clock.advance(61)
  await browser.open(`${url}/account`)
  await stale.open(`${url}/account`)
  t.is(stale.page.status, 200)
  t.is(stale.heading, 'The support session has ended')
  t.false(stale.text.includes(olga.email))
  clock.advance(61)
  await stale.open(`${url}/account`)
  t.is((await stale.open(`${url}/account`)).heading, 'Sign in')
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
})

test.serial('it leads back also when the person is erased, and the end is recorded', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse)
  await app.scope(async () => app.erasure.of(await app.accounts.find(ana.id), { by: operator }))
  await browser.open(`${url}/account`)
  t.is(browser.heading, 'The support session has ended')
  t.true(browser.text.includes(olga.email))
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
  t.deepEqual(await endsOf(ana.id), ['revoked'])
})

test.serial('a silent request after the end gets login_required, and the next page says why', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  await rp.signIn(ana, {}, browser)
  clock.advance(61)
  for (const attempt of [1, 2]) {
    await browser.open((await rp.begin({ prompt: 'none' })).url.href)
    t.is(new URL(browser.page.url).searchParams.get('error'), 'login_required', `${attempt}`)
  }
  t.deepEqual(await endsOf(ana.id), ['time'])
  await browser.open(`${url}/account`)
  t.is(browser.heading, 'The support session has ended')
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
})

test.serial('any other authorization request after the end leads to the page that says so', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  clock.advance(61)
  await browser.open((await rp.begin()).url.href)
  t.is(browser.heading, 'The support session has ended')
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
  t.deepEqual(await endsOf(ana.id), ['time'])
})

test.serial('a logout request after the end is not lost, and asks for the account of the administrator', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  const { tokens } = await rp.signIn(ana, {}, browser)
  clock.advance(61)
  const request = new URLSearchParams({ id_token_hint: tokens.id_token!, post_logout_redirect_uri: BACK, state: 'x' })
  await browser.open(`${url}/session/end?${request}`)
  t.true(browser.text.includes(olga.email))
  t.is((await sessionsOf(olga.id)).length, 1)
  await browser.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
  await browser.goOn()
  t.is(browser.page.url, `${BACK}?state=x`)
  t.deepEqual(await sessionsOf(olga.id), [])
  t.deepEqual(await endsOf(ana.id), ['time'])
})

test.serial('a logout request after the end returns to the application if the administrator is signed out', async t => {
  await makePerson(gatehouse, { roles: ['superuser'] })
  const { ana, olga, browser } = await actAs(t, gatehouse)
  const { tokens } = await rp.signIn(ana, {}, browser)
  await app.scope(() => app.suspension.suspend(olga.id, { by: operator }))
  const request = new URLSearchParams({ id_token_hint: tokens.id_token!, post_logout_redirect_uri: BACK })
  await browser.open(`${url}/session/end?${request}`)
  t.is(browser.page.url, BACK)
  t.deepEqual(await endsOf(ana.id), ['administrator'])
})
