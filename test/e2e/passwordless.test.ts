import test from 'ava'
import type { Page } from 'playwright-core'
import { operator } from '../../src/base/actor.ts'
import { TestAccounts } from '../lifecycle/test-accounts.ts'
import { hasChromium } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { VirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { SecurityPage } from './security-page.ts'

const inChromium = test.runIf(hasChromium)
const gatehouse = await startGatehouse()
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const PHONE = { viewport: { width: 390, height: 844 } }

/** A browser without passkey autofill, where a passkey can only be used with the button. */
const WITHOUT_AUTOFILL = 'PublicKeyCredential.isConditionalMediationAvailable = async () => false'

async function signOut(page: Page): Promise<void> {
  await page.goto(`${url}/session/end`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

inChromium('a person removes their password, signs in without it, and sets one again', async t => {
  const stay = await SecurityPage.open(t, gatehouse, PHONE)
  const { page, rows, person } = stay
  t.is(await page.getByText('Remove the password').count(), 0, 'not without a passkey')
  await VirtualAuthenticator.plugInto(page)
  await stay.addFirst()
  await page.getByText('Remove the password').click()
  await page.getByRole('button', { name: 'Remove my password' }).click()
  await page.getByText('Your password is removed.').waitFor()
  t.is(await page.locator('[name=current]').count(), 0)
  await signOut(page)

  await page.addInitScript(WITHOUT_AUTOFILL)
  await page.goto(`${url}/account/security`)
  await heading(page, 'Sign in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await heading(page, 'Security')
  t.regex((await rows.textContent()) ?? '', /Last used/)

  await rows.locator('summary').click()
  await rows.getByRole('button', { name: 'Remove' }).click()
  await page.locator('p.problem', { hasText: 'This is your only way to sign in.' }).waitFor()
  t.is(await rows.count(), 1)

  await page.locator('[name=next]').fill('short')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.locator('p.problem', { hasText: 'The password needs at least 8 characters.' }).waitFor()
  await page.locator('[name=next]').fill('a second horse, rarely correct')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('Your password is changed.').waitFor()
  await page.locator('[name=current]').waitFor()
  t.deepEqual(
    (await queuedEmails(gatehouse, person.email, 'factor-changed')).map(({ data }) => data.change),
    ['passkey-added', 'password-removed', 'password-set'],
  )
})

inChromium('a removed passkey is refused, and the password still works', async t => {
  const stay = await SecurityPage.open(t, gatehouse)
  const { page, person } = stay
  await page.addInitScript(WITHOUT_AUTOFILL)
  await VirtualAuthenticator.plugInto(page)
  await stay.addFirst()
  await testAccounts.with(person.id, account => app.secondFactors.reset(account, { by: operator }))
  await signOut(page)
  await page.goto(`${url}/account`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('That passkey did not work').waitFor()
  await page.locator('[name=email]').fill(person.email)
  await page.locator('[name=password]').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await heading(page, 'Your account')
  t.false((await testAccounts.history(person.id)).includes('factor.passkey-cloned'))
})

inChromium('a sign-in page that stays open keeps a valid challenge and what was typed', async t => {
  const stay = await SecurityPage.open(t, gatehouse)
  const { page, person } = stay
  await signOut(page)
  await page.clock.install()
  await page.goto(`${url}/account`)
  await page.locator('[name=email]').fill(person.email)
  const challengeToken = page.locator('[data-passkey] [name=challenge_token]')
  const first = await challengeToken.inputValue()
  await page.clock.fastForward('04:01')
  await page.locator(`[data-passkey] [name=challenge_token]:not([value="${first}"])`).waitFor({ state: 'attached' })
  t.is(await page.locator('[name=email]').inputValue(), person.email)
  t.deepEqual(stay.complaints, [])
})
