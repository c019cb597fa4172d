import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import { Browser, leadsTo } from '../support/browser.ts'
import { codeGrant } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse
const ROUNDS = 20

const IN_ANOTHER_WINDOW = 'the person signs out in another window'

const endings: Record<string, (ada: Person, browser: Browser) => Promise<unknown>> = {
  'an operator revokes it': async ada => {
    const [session] = await app.sessions.of(ada.id)
    await app.scope(() => app.sessions.revoke(ada.id, session!.key, { by: operator }))
  },
  'all other sessions are revoked': ada => app.scope(() => app.sessions.revokeOthers(ada.id, null, { by: operator })),
  'the account is signed out everywhere': async ada =>
    app.scope(async () => app.signOut.of(await app.accounts.find(ada.id), { by: operator })),
  [IN_ANOTHER_WINDOW]: async (_ada, window) => {
    await window.submit({ logout: 'yes' })
  },
}

for (const [ending, end] of Object.entries(endings)) {
  test(`S-06: a session does not come back when ${ending} during an authorization request`, async t => {
    const [before, asking] = await Promise.all([
      RelyingParty.register(gatehouse, { firstParty: true }),
      RelyingParty.register(gatehouse, { firstParty: true }),
    ])
    const ada = await makePerson(gatehouse)
    // How long the last response took: the session ends at a random moment of about the same length.
    let took = 10
    const outcomes = { code: 0, again: 0, page: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      const { browser } = await before.signIn(ada)
      const window = await browser.copy().open(`${url}/session/end`)
      // Re-authentication gives the session a new ID, for which the other window would not sign out.
      const renewed = round % 2 === 0 && ending !== IN_ANOTHER_WINDOW
      const begun = await asking.begin(renewed ? { prompt: 'login' } : {})
      const address = renewed ? await signedIn(browser, begun.url.href, ada) : begun.url.href

      const asked = async () => {
        const start = performance.now()
        const answer = await browser.fetch(address)
        took = performance.now() - start
        return answer
      }
      const later = took * (2 * Math.random() - 1)
      const [answer] = await Promise.all([
        pause(Math.max(0, -later)).then(asked),
        pause(Math.max(0, later)).then(() => end(ada, window)),
      ])

      const next = new URL(answer.headers.get('location') ?? '', url)
      if (next.searchParams.has('code')) {
        outcomes.code += 1
        browser.page = { ...browser.page, url: next.href }
        const { status, body } = await asking.post('/token', codeGrant(begun, browser))
        t.is(status, 400, JSON.stringify(body))
      } else if (answer.status === 303) {
        outcomes.again += 1
        t.is(next.origin, url)
        t.is((await browser.open(next.href)).heading, 'Sign in')
      } else {
        outcomes.page += 1
        t.is(answer.status, 400)
        t.regex(await answer.text(), /This page has expired/)
      }
      t.deepEqual(await app.sessions.of(ada.id), [], `round ${round}`)
      t.deepEqual(await app.grants.of(ada.id), [], `round ${round}`)
      t.is(await silentError(asking, browser), 'login_required')
    }
    t.log(outcomes)
  })
}

test('S-06: a sign-in that begins between the end of a session and its removal goes on afterwards', async t => {
  const [before, asking] = await Promise.all([
    RelyingParty.register(gatehouse, { firstParty: true }),
    RelyingParty.register(gatehouse, { firstParty: true }),
  ])
  const ada = await makePerson(gatehouse)
  const change = (how: (account: Account) => void) =>
    app.scope(async () => {
      const account = await app.accounts.find(ada.id)
      await app.atomically(async () => how(account))
    })
  const { browser } = await before.signIn(ada)
  const copy = browser.copy()
  await change(account => account.suspend(new Date()))
  await browser.open((await asking.begin()).url.href)
  t.is(browser.heading, 'Sign in')
  t.is((await app.sessions.of(ada.id)).length, 1)

  await app.artifacts.dropAccount(ada.id)
  t.is((await browser.open(browser.page.url)).heading, 'Sign in')
  await change(account => account.reinstate())
  await browser.submit({ email: ada.email, password: ada.password })
  t.regex(browser.page.url, /[?&]code=/)
  t.is(await silentError(before, browser), null)
  t.is(await silentError(before, copy), 'login_required')
})

/** Signs in with the password. Returns the address at which the sign-in continues. */
async function signedIn(browser: Browser, request: string, { email, password }: Person): Promise<string> {
  await browser.open(request)
  const form = new URLSearchParams({ csrf: browser.field('csrf') ?? '', email, password })
  const action = browser.document.querySelector('form')?.getAttribute('action') ?? ''
  const answer = await browser.fetch(action, { method: 'POST', body: form, headers: { origin: url } })
  return leadsTo(await answer.text()) ?? ''
}

async function silentError(rp: RelyingParty, browser: Browser): Promise<string | null> {
  const response = await browser.copy().fetch((await rp.begin({ prompt: 'none' })).url.href)
  return new URL(response.headers.get('location') ?? 'about:blank').searchParams.get('error')
}

test('S-06: after a sign-out the consent page shows nothing and accepts no consent', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.regex(browser.text, new RegExp(ada.email))
  const thief = browser.copy()
  thief.page = browser.page

  await app.scope(() => app.sessions.revokeOthers(ada.id, null, { by: operator }))

  await browser.submit({ decision: 'allow' })
  t.is(browser.page.status, 404)
  t.is(browser.heading, 'This page has expired')
  await thief.open(thief.page.url)
  t.is(thief.page.status, 404)
  t.false(thief.text.includes(ada.email))
  t.deepEqual(await app.scope(() => app.consents.of(ada.id)), [])
  t.deepEqual(await app.grants.of(ada.id), [])
})
