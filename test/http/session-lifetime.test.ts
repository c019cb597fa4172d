import { mock } from 'node:test'
import test from 'ava'
import type { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const HOUR = 60 * 60 * 1000

const gatehouse = await startGatehouse({ env: { SESSION_TTL: '12h', SESSION_IDLE_TTL: '2h' } })
test.after.always(() => gatehouse.stop())
test.afterEach.always(() => mock.timers.reset())

/**
 * Moves the clock of this process, which the product and the test browser use. The store has its own clock: it still
 * has records that would have expired, and the product has to refuse them.
 */
function later(milliseconds: number): void {
  const now = Date.now() + milliseconds
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now })
}

async function signedIn(rp: RelyingParty, browser: Browser): Promise<boolean> {
  const { url } = await rp.begin({ prompt: 'none' })
  const response = await browser.fetch(url.href)
  return new URL(response.headers.get('location') ?? 'about:blank').searchParams.has('code')
}

test.serial('S-09: an unused session ends after SESSION_IDLE_TTL', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(await makePerson(gatehouse))
  const thief = browser.copy()
  for (const cookie of thief.cookies.values()) cookie.expires = Number.POSITIVE_INFINITY
  later(1.9 * HOUR)
  t.true(await signedIn(rp, thief.copy()))
  const [session] = [...browser.cookies.values()].filter(({ name }) => name === 'gatehouse_session')
  t.true(session!.expires > Date.now())

  const other = await rp.signIn(await makePerson(gatehouse))
  const unused = other.browser.copy()
  for (const cookie of unused.cookies.values()) cookie.expires = Number.POSITIVE_INFINITY
  later(2.1 * HOUR)
  t.false(await signedIn(rp, unused))
  const cookie = [...other.browser.cookies.values()].find(({ name }) => name === 'gatehouse_session')
  t.true(cookie!.expires < Date.now())
})

test.serial('S-09: use extends a session, but never beyond SESSION_TTL after the sign-in', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(await makePerson(gatehouse))
  for (let hours = 1.5; hours < 12; hours += 1.5) {
    later(1.5 * HOUR)
    t.is(await signedIn(rp, browser), true, `${hours} hours`)
  }
  for (const cookie of browser.cookies.values()) cookie.expires = Number.POSITIVE_INFINITY
  later(1.6 * HOUR)
  t.false(await signedIn(rp, browser))
  await browser.open((await rp.begin()).url.href)
  t.is(browser.heading, 'Sign in')
})

test.serial('S-09: signing in again restarts both lifetimes', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  later(1.9 * HOUR)
  await rp.signIn(ada, { prompt: 'login' }, browser)
  for (let hours = 1.5; hours < 12; hours += 1.5) {
    later(1.5 * HOUR)
    t.is(await signedIn(rp, browser), true, `${hours} hours`)
  }
})
