import test from 'ava'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { newcomer, npmStart } from './npm-start.ts'
import { tour } from './tour.ts'

/** Every page, as the browser shows it: readable for everyone, in both languages, light and dark, without scripts. */

const inChromium = test.serial.runIf(hasChromium)
/** CSS pixels: the width at which a page must not need horizontal scrolling (WCAG 2.2, 1.4.10). */
const NARROWEST = 320
const ADA = { name: 'Ада Lovelace', email: 'ada.lovelace@example.org' }

for (const locale of ['en', 'ru']) {
  inChromium(`axe finds no accessibility problem in ${locale}, light or dark`, async t => {
    const env = { ...(await newcomer(t)), SIGN_IN_BY_EMAIL: 'on' }
    const { page } = await openChromium(t, { locale, reducedMotion: 'reduce' })
    let looked = 0
    await tour(page, { ...(await npmStart(t, env)), env, person: ADA }, async name => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        t.deepEqual(await accessibilityProblems(page), [], `${name}, ${colorScheme}`)
      }
      looked += 1
    })
    t.true(looked > 20)
  })
}

inChromium('every page is complete without scripts, and fits a narrow screen', async t => {
  const env = { ...(await newcomer(t)), SIGN_IN_BY_EMAIL: 'on' }
  const { page } = await openChromium(t, {
    javaScriptEnabled: false,
    viewport: { width: NARROWEST, height: 640 },
  })
  const headings = new Set<string>()
  await tour(page, { ...(await npmStart(t, env)), env, person: ADA }, async name => {
    t.is(await page.locator('h1').count(), 1, name)
    headings.add((await page.locator('h1').textContent()) ?? '')
    t.is(await page.locator('script:not([src])').count(), 0, name)
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.true(width <= NARROWEST, `${name} is ${width} pixels wide`)
    if (!name.startsWith('account')) return
    await page.getByRole('button', { name: 'Menu' }).click()
    t.true(await page.getByRole('link', { name: 'Sign out' }).isVisible(), name)
    await page.keyboard.press('Escape')
  })
  t.true(headings.size > 12, [...headings].join(', '))
})
