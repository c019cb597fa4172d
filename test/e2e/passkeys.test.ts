import test from 'ava'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { VirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { SecurityPage } from './security-page.ts'

const inChromium = test.runIf(hasChromium)
const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } }

for (const [screen, viewport] of Object.entries(SCREENS)) {
  inChromium(`a person adds passkeys, names them, and removes one, on a ${screen}`, async t => {
    const stay = await SecurityPage.open(t, gatehouse, { viewport })
    const { page, rows, person } = stay
    const phone = await VirtualAuthenticator.plugInto(page, { synced: true })
    await stay.addFirst()
    t.is(await rows.count(), 1)
    t.regex((await rows.textContent()) ?? '', /Chrome on Linux.*Since.*Follows you/s)

    await stay.add()
    await page.getByText('has a passkey for your account already').waitFor()
    await phone.unplug()
    await VirtualAuthenticator.plugInto(page, { transport: 'usb' })
    await stay.add()
    await page.getByText('The passkey is added.').waitFor()
    t.is(await rows.count(), 2)
    t.regex((await rows.last().textContent()) ?? '', /Stays on the device/)

    await rows.last().locator('summary').click()
    await rows.last().getByLabel('Name').fill('The key on my ring')
    await rows.last().getByRole('button', { name: 'Rename' }).click()
    await page.getByText('The passkey has its new name.').waitFor()
    t.is(await rows.last().locator('strong').textContent(), 'The key on my ring')

    await rows.first().locator('summary').click()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      t.deepEqual(await accessibilityProblems(page), [], colorScheme)
    }
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.true(width <= viewport.width, `the page is ${width} pixels wide`)
    await rows.first().getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The passkey is removed.').waitFor()
    t.is(await rows.count(), 1)
    const changes = (await queuedEmails(gatehouse, person.email, 'factor-changed')).map(({ data }) => data.change)
    t.deepEqual(changes, ['passkey-added', 'passkey-added', 'passkey-removed'])
    t.deepEqual(stay.complaints, [])
  })
}

inChromium('M-08: an authenticator without user verification creates no passkey, and the page explains it', async t => {
  const stay = await SecurityPage.open(t, gatehouse, { locale: 'ru' })
  const { page } = stay
  const authenticator = await VirtualAuthenticator.plugInto(page)
  await authenticator.refuseVerification()
  const button = page.locator('[data-passkey] button')
  await button.click()
  await page.getByText('Действие отменено или заняло слишком много времени').waitFor()
  t.true(await button.isEnabled())
  t.is(await stay.rows.count(), 0)
  t.deepEqual(await authenticator.held(), [])
})

inChromium('an expired challenge is replaced before it is used', async t => {
  const stay = await SecurityPage.open(t, gatehouse)
  const { page } = stay
  await page.clock.install()
  await page.reload()
  await VirtualAuthenticator.plugInto(page)
  const before = await page.locator('[name=challenge_token]').inputValue()
  await page.clock.fastForward('04:30')
  const [request] = await Promise.all([
    page.waitForRequest(each => each.url().endsWith('/account/passkeys')),
    stay.add(),
  ])
  t.not(new URLSearchParams(request.postData() ?? '').get('challenge_token'), before)
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor()
})

inChromium(
  'without JavaScript, or without passkeys in the browser, the page says so and the rest of it works',
  async t => {
    const plain = await SecurityPage.open(t, gatehouse, { javaScriptEnabled: false })
    t.true(await plain.page.locator('noscript p').isVisible())
    t.false(await plain.page.locator('[data-passkey] button').isVisible())
    t.true(await plain.page.getByRole('button', { name: 'Change password' }).isVisible())

    const old = await SecurityPage.open(t, gatehouse)
    await old.page.addInitScript('delete window.PublicKeyCredential')
    await old.page.reload()
    await old.page.getByText('This browser knows no passkeys.').waitFor()
    t.false(await old.page.locator('[data-passkey] button').isVisible())
  },
)
