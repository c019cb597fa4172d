import test, { type ExecutionContext } from 'ava'
import { operator } from '../../../src/base/actor.ts'
import type { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs } from '../../support/impersonation.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' }, clock })
const { app, url } = gatehouse
const foreign = await RelyingParty.register(gatehouse, { name: 'Photos' })
test.after.always(() => gatehouse.stop())

/** An administrator's browser, whose person has not allowed what the application requests. */
async function requested(t: ExecutionContext, parameters: Record<string, string> = {}) {
  const found = await actAs(t, gatehouse, { minutes: 1 })
  const { browser } = found
  await browser.open((await foreign.begin(parameters)).url.href)
  t.is(browser.page.status, 403)
  const [path = ''] = /\/interaction\/[\w-]+/.exec(browser.page.url) ?? []
  return { ...found, interaction: `${url}${path}`, csrf: browser.field('csrf')! }
}

function withoutSession(browser: Browser): Browser {
  for (const [key, { name }] of browser.cookies) if (/session|others/.test(name)) browser.cookies.delete(key)
  return browser
}

/** Sends the form of the consent page, whatever the browser shows. @returns the status */
async function allow(browser: Browser, { interaction, csrf }: { interaction: string; csrf: string }): Promise<number> {
  const body = new URLSearchParams({ decision: 'allow', csrf })
  return (await browser.fetch(`${interaction}/consent`, { method: 'POST', body, headers: { origin: url } })).status
}

const consentsOf = (id: string) => app.scope(() => app.consents.of(id))

test.serial('without the session cookie an administrator cannot allow anything in the name of the person', async t => {
  const found = await requested(t)
  const browser = withoutSession(found.browser)
  await browser.open(found.interaction)
  t.is(browser.page.status, 403)
  t.is(browser.heading, "This person hasn't allowed Photos")
  t.is(await allow(browser, found), 403)
  t.deepEqual(await consentsOf(found.ana.id), [])
})

test.serial('without the session cookie no factor of the person can be asked for', async t => {
  const found = await requested(t, { prompt: 'login' })
  const browser = withoutSession(found.browser)
  await browser.open(found.interaction)
  t.is(browser.page.status, 403)
  t.is(browser.heading, 'Photos asks this person to sign in')
})

const ends: [string, (found: Awaited<ReturnType<typeof requested>>) => Promise<unknown>][] = [
  ['the time is over', async () => clock.advance(61)],
  [
    'the administrator is suspended',
    async ({ olga }) => {
      await makePerson(gatehouse, { roles: ['superuser'] })
      await app.scope(() => app.suspension.suspend(olga.id, { by: operator }))
    },
  ],
]

for (const [what, end] of ends) {
  test.serial(`a page that was left open allows nothing when ${what}`, async t => {
    const found = await requested(t)
    await end(found)
    // A browser has dropped the cookie of a session that has ended, or may have lost it.
    const browser = withoutSession(found.browser)
    await browser.open(found.interaction)
    t.is(browser.page.status, 404)
    t.false(browser.text.includes(found.ana.email))
    t.is(await allow(browser, found), 404)
    t.deepEqual(await consentsOf(found.ana.id), [])
  })
}
