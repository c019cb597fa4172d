import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { startDemoAt } from '../demo/registered-demo.ts'
import { hasChromium, openChromium, showsHeading } from '../support/chromium.ts'
import { emailTo } from '../support/emails.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { PASSWORD } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'

const NEXT_PASSWORD = 'a second horse, rarely correct'
const LAST_PASSWORD = 'a third one that nobody rides'
const inChromium = test.runIf(hasChromium)

interface Visit {
  page: Page
  gatehouse: Gatehouse
  email: string
  /** A link that has been used. */
  spent: string
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without'
  inChromium(`a person manages their account, ${how} JavaScript`, async t => {
    t.timeout(180_000)
    const gatehouse = await startGatehouse({ env: { EMAIL_VERIFICATION: 'required' } })
    t.teardown(() => gatehouse.stop())
    const demo = await startDemoAt(gatehouse)
    t.teardown(() => demo.close())
    const { page } = await openChromium(t, { javaScriptEnabled })
    const visit: Visit = { page, gatehouse, email: 'ada@example.org', spent: '' }

    await register(visit, demo.url)
    await page.waitForURL(`${demo.url}/`)

    const other = { ...visit, page: (await openChromium(t, { javaScriptEnabled })).page }
    await other.page.goto(`${gatehouse.url}/account`)
    await signIn(other.page, visit.email, 'not it')
    await signIn(other.page, visit.email, PASSWORD)
    await showsHeading(other.page, 'Your account')

    await changePassword(visit)
    await other.page.goto(`${gatehouse.url}/account`)
    await showsHeading(other.page, 'Sign in')

    await forget(t, other)
    visit.spent = other.spent
    await page.goto(`${gatehouse.url}/account`)
    await showsHeading(page, 'Sign in')
    await signIn(page, visit.email, LAST_PASSWORD)

    await page.goto(`${gatehouse.url}/account/applications`)
    await page.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByText('No application may do anything in your name.').waitFor()

    await changeAddressAndUndo(visit)
    await seeHistory(t, visit)

    await cancelDeletion(t, visit)
  })
}

async function register({ page, gatehouse, email }: Visit, demoUrl: string): Promise<void> {
  await page.goto(demoUrl)
  await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.locator('[name=name]').fill('Ada')
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  const { link } = await emailTo(gatehouse.app, email, 'verify-email')
  await page.goto(link)
  await page.locator('button[value=confirm]').click()
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
}

async function changePassword({ page, gatehouse }: Visit): Promise<void> {
  await page.goto(`${gatehouse.url}/account/security`)
  await page.locator('[name=current]').fill(PASSWORD)
  await page.locator('[name=next]').fill(NEXT_PASSWORD)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password is changed.').waitFor()
}

/** Asks for a link to a new password. @returns the link, now spent */
async function forget(t: ExecutionContext, visit: Visit): Promise<void> {
  const { page, gatehouse, email } = visit
  await page.goto(`${gatehouse.url}/forgot-password`)
  await page.locator('[name=email]').fill(email)
  await page.locator('form button').click()
  const link = await newPassword(visit, '')
  await page.goto(link)
  t.is(await page.locator('[name=password]').count(), 0, 'the link works once')
  visit.spent = link
}

/** Sets a new password with the link of the newest email, which must not be `spent`. @returns the link */
async function newPassword({ page, gatehouse, email }: Visit, spent: string): Promise<string> {
  const link = await waitFor(async () => {
    const sent = await emailTo(gatehouse.app, email, 'reset-password')
    return sent.link === spent ? null : sent.link
  })
  await page.goto(link)
  await page.locator('[name=password]').fill(LAST_PASSWORD)
  await page.locator('form button').click()
  return link
}

async function changeAddressAndUndo(visit: Visit): Promise<void> {
  const { page, gatehouse, email } = visit
  const next = 'ada@elsewhere.example'
  await page.goto(`${gatehouse.url}/account/security`)
  await page.locator('[name=email]').fill(next)
  await page.getByRole('button', { name: 'Send the link' }).click()
  const proof = await emailTo(gatehouse.app, next, 'change-email')
  await page.goto(proof.link)
  await page.locator('button[value=confirm]').click()
  const notice = await emailTo(gatehouse.app, email, 'email-changed')
  await page.goto(notice.link)
  await page.locator('[name=password]').fill('not it')
  await page.getByRole('button', { name: 'Undo the change' }).click()
  await page.getByText('Wrong password').waitFor()
  await page.locator('[name=password]').fill(LAST_PASSWORD)
  await page.getByRole('button', { name: 'Undo the change' }).click()
  await showsHeading(page, 'Your old address is back')
  await newPassword(visit, visit.spent)
  await page.goto(`${gatehouse.url}/account`)
  await signIn(page, email, LAST_PASSWORD)
  await page.getByText(email).first().waitFor()
}

async function seeHistory(t: ExecutionContext, { page, gatehouse }: Visit): Promise<void> {
  await page.goto(`${gatehouse.url}/account/history?show=sign-ins`)
  const shown = await text(page)
  t.regex(shown, /Wrong password, Chrome on Linux, 127\.0\.0\.1/)
  t.true((shown.match(/Signed in, Chrome on Linux/g)?.length ?? 0) >= 2)
}

async function cancelDeletion(t: ExecutionContext, { page, gatehouse, email }: Visit): Promise<void> {
  await page.goto(`${gatehouse.url}/account/export.html`)
  t.true((await text(page)).includes(email))
  const exported = await page.request.get(`${gatehouse.url}/account/export.json`)
  t.is(((await exported.json()) as { account: { email: string } }).account.email, email)
  await page.goto(`${gatehouse.url}/account/data`)
  await page.locator('[name=email]').fill(email)
  await page.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByText('This account will be deleted').waitFor()
  await page.getByRole('button', { name: 'Keep my account' }).click()
  await page.getByText('Your account stays.').waitFor()
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function text(page: Page): Promise<string> {
  return ((await page.locator('main').textContent()) ?? '').replace(/\s+/g, ' ')
}
