import test from 'ava'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { startDemoAt } from '../demo/registered-demo.ts'
import { hasChromium, openChromium, showsHeading } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { VirtualAuthenticator } from '../support/virtual-authenticator.ts'

const inChromium = test.runIf(hasChromium)
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

async function place(t: Parameters<typeof openChromium>[0], options: BrowserContextOptions = {}) {
  t.timeout(180_000)
  const gatehouse = await startGatehouse({ env: { SECOND_FACTOR: 'required' } })
  t.teardown(() => gatehouse.stop())
  const demo = await startDemoAt(gatehouse)
  t.teardown(() => demo.close())
  const ada = await makePerson(gatehouse)
  const visit = await openChromium(t, options)
  return { gatehouse, demo, ada, ...visit }
}

const press = (page: Page, name: string) => page.getByRole('button', { name }).click()

async function begin(page: Page, demo: { url: string }): Promise<void> {
  await page.goto(demo.url)
  await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
}

async function typePassword(page: Page, { email, password }: Person): Promise<void> {
  await page.locator('#email').fill(email)
  await page.locator('#password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Gives consent, where it is asked for, and waits for the application. */
async function arrive(page: Page, demo: { url: string }): Promise<string> {
  const allow = page.getByRole('button', { name: 'Allow', exact: true })
  await Promise.race([allow.waitFor().then(() => allow.click()), page.waitForURL(`${demo.url}/`)]).catch(() => {})
  await page.waitForURL(`${demo.url}/`)
  return (await page.locator('body').textContent()) ?? ''
}

async function leave(page: Page, { url }: { url: string }): Promise<void> {
  await page.context().clearCookies()
  await page.goto(url)
}

for (const [where, options] of [
  ['a phone', PHONE],
  ['a desktop', {}],
] as const) {
  inChromium(`on ${where} a passkey is created at sign-in, and is enough for the next one`, async t => {
    const { page, demo, ada, complaints } = await place(t, options)
    const passkeys = await VirtualAuthenticator.plugInto(page)
    await begin(page, demo)
    await typePassword(page, ada)
    await showsHeading(page, 'Protect your account')
    await press(page, 'Create a passkey')
    await page.getByRole('heading', { name: 'Keep these codes' }).waitFor()
    await press(page, 'I have put them away')
    await arrive(page, demo)
    t.is((await passkeys.held()).length, 1)

    await leave(page, demo)
    await passkeys.withholdPresence()
    await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    await passkeys.confirmPresence()
    await press(page, 'Sign in with a passkey')
    const text = await arrive(page, demo)
    t.true(text.includes(ada.email))
    t.true(text.includes('urn:gatehouse:acr:phr'), 'the application receives the acr')
    t.deepEqual(complaints, [])
  })
}

inChromium('the browser offers the passkey in the email field, and it signs in', async t => {
  const { page, demo, ada, gatehouse } = await place(t)
  await VirtualAuthenticator.plugInto(page)
  await begin(page, demo)
  await typePassword(page, ada)
  await press(page, 'Create a passkey')
  await press(page, 'I have put them away')
  await arrive(page, demo)
  await leave(page, demo)
  // Picking the passkey in the field counts as touching the authenticator.
  await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
  t.true((await arrive(page, demo)).includes(ada.email))
  t.is((await gatehouse.app.scope(() => gatehouse.app.passkeys.of(ada.id)))[0]?.lastUsedAt instanceof Date, true)
})

inChromium('a passkey is the second factor after a password; if it is cancelled, the other methods remain', async t => {
  const { page, demo, ada, complaints } = await place(t)
  const passkeys = await VirtualAuthenticator.plugInto(page)
  await begin(page, demo)
  await typePassword(page, ada)
  await press(page, 'Create a passkey')
  await showsHeading(page, 'Keep these codes')
  const codes = await page.locator('.codes code').allTextContents()
  await press(page, 'I have put them away')
  await arrive(page, demo)

  await leave(page, demo)
  await passkeys.withholdPresence()
  await begin(page, demo)
  await typePassword(page, ada)
  await showsHeading(page, 'One more step')
  await passkeys.confirmPresence()
  await press(page, 'Use a passkey')
  await arrive(page, demo)

  await leave(page, demo)
  await passkeys.unplug()
  await begin(page, demo)
  await typePassword(page, ada)
  await page.locator('summary', { hasText: 'recovery code' }).click()
  await page.locator('[name="recovery-code"]').fill(codes[0]!)
  await press(page, 'Continue with this code')
  await arrive(page, demo)
  t.deepEqual(complaints, [])
})
