import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { InvalidInput, WrongCredentials } from '../../src/base/refusals.ts'
import type { RequestOptions } from '../../src/credentials/passkeys/webauthn.ts'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import { hasChromium } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { VirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { SecurityPage } from './security-page.ts'

const inChromium = test.runIf(hasChromium)
const gatehouse = await startGatehouse()
const testAccounts = new TestAccounts(gatehouse)
test.after.always(() => gatehouse.stop())

interface Answer {
  challengeToken: string
  response: { id: string }
}

/** A person with a passkey in a real browser. */
async function begin(t: ExecutionContext) {
  const stay = await SecurityPage.open(t, gatehouse)
  const authenticator = await VirtualAuthenticator.plugInto(stay.page)
  await stay.addFirst()
  return { page: stay.page, person: stay.person, authenticator }
}

/** The browser's response on that page to the options of a sign-in, or to changed ones. */
async function answer(page: Page, instead: Partial<RequestOptions> = {}): Promise<Answer> {
  const { app } = gatehouse
  const { options, challengeToken } = await app.scope(() => app.passkeyAuthentication.options(null))
  const optionsJSON = JSON.stringify({ ...options, ...instead })
  const script = `SimpleWebAuthnBrowser.startAuthentication({ optionsJSON: ${optionsJSON} })`
  return { challengeToken, response: await page.evaluate<{ id: string }>(script) }
}

const verify = (given: Answer, { app } = gatehouse) =>
  app.scope(() => app.passkeyAuthentication.verify(given, { by: stranger() }))

inChromium('M-08: a response signed by Chromium is accepted once, and its replay is refused', async t => {
  const { page, person } = await begin(t)
  const given = await answer(page)
  const proven = await verify(given)
  t.is(proven.account.id, person.id)
  t.true(proven.userVerified)
  await t.throwsAsync(verify(given), { instanceOf: InvalidInput })
  const another = await answer(page)
  const replay = { challengeToken: another.challengeToken, response: given.response }
  await t.throwsAsync(verify(replay), { instanceOf: WrongCredentials })
})

inChromium('M-08: another port of the same host is another origin, and no origin can use another host', async t => {
  const { page, person } = await begin(t)
  const evil = await startGatehouse()
  t.teardown(() => evil.stop())
  const context = page.context()
  await page.route(`${evil.url}/**`, route =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Free horses</title>' }),
  )
  const script = await (await context.request.get(`${gatehouse.url}/assets/simplewebauthn.js`)).text()
  await page.goto(evil.url)
  await page.addScriptTag({ content: script })
  await t.throwsAsync(verify(await answer(page)), { instanceOf: WrongCredentials })
  await t.throwsAsync(answer(page, { rpId: 'id.example.org' }), { message: /SecurityError|RP ID/ })

  await page.goto(`${gatehouse.url}/account/security`)
  t.is((await verify(await answer(page))).account.id, person.id)
})

inChromium('M-08: a key cannot sign for another credential', async t => {
  const { page, authenticator } = await begin(t)
  const [mine] = await authenticator.held()
  t.truthy(mine)
  const given = await answer(page)
  const otherId = Buffer.from('another key').toString('base64url')
  const response = { ...given.response, id: otherId, rawId: otherId }
  await t.throwsAsync(verify({ ...given, response }), { instanceOf: WrongCredentials })
})

inChromium('M-08: without user verification a passkey alone does not sign in', async t => {
  const { page, authenticator } = await begin(t)
  await authenticator.refuseVerification()
  const given = await answer(page, { userVerification: 'discouraged' })
  await t.throwsAsync(verify(given), { instanceOf: WrongCredentials })
})

inChromium('M-08: a cloned key is detected by its counter', async t => {
  const { page, person, authenticator } = await begin(t)
  for (let i = 0; i < 2; i++) await verify(await answer(page))
  await authenticator.resetCounter(1)
  await t.throwsAsync(verify(await answer(page)), { instanceOf: WrongCredentials })
  t.is((await testAccounts.history(person.id))[0], 'factor.passkey-cloned')
  await page.goto(`${gatehouse.url}/account/history`)
  await page.getByText('somebody may have a copy of it').waitFor()
})
