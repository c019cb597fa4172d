import test from 'ava'
import type { Page } from 'playwright-core'
import { FederationSetup } from '../http/federation/federation-setup.ts'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import type { UpstreamPerson } from '../support/upstream.ts'
import { listenForReturn } from './application.ts'

/** The pages on the way to a provider and back, in a real browser. */

const inChromium = test.serial.runIf(hasChromium)
/** CSS pixels (WCAG 2.2, 1.4.10). */
const NARROWEST = 320

const setup = hasChromium ? await FederationSetup.start() : null
test.after.always(() => setup?.stop())

/** At the provider: signs in as this person, or cancels. */
async function there(page: Page, as: UpstreamPerson | null): Promise<void> {
  await page.waitForURL(`${setup!.upstream.url}/**`)
  if (as === null) return page.getByRole('button', { name: 'Cancel' }).click()
  await page.locator('[name=sub]').fill(as.sub)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
/** Signs out at the provider, and presses its button. */
async function press(page: Page): Promise<void> {
  await page.context().clearCookies({ domain: '127.0.0.1' })
  await page.locator('button[name=provider]').click()
}

/** Each page, opened as a person gets to it. */
async function tour(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const { gatehouse, rp, upstream } = setup!
  const ada = await makePerson(gatehouse)
  const begin = async () => page.goto((await rp.begin()).url.href)
  const at = async (name: string) => {
    await page.waitForURL(`${gatehouse.url}/interaction/**`)
    await page.waitForLoadState()
    await look(name)
  }
  await begin()
  await at('sign-in')
  await page.route(`${upstream.url}/**`, route => route.abort('aborted'))
  await press(page)
  await at('redirect-to-provider')
  await page.unroute(`${upstream.url}/**`)
  await page.locator('a.button').click()
  await there(page, null)
  await at('cancelled')
  await press(page)
  await there(page, setup!.upstreamPerson({ email: ada.email }))
  await at('link-account')
  await page.locator('[name=password]').fill('not the right one')
  await page.locator('#sign-in .button').click()
  await at('link-account-error')
  await page.locator('summary').click()
  await at('link-account-lost')
  await page.locator('form[action$="/discard-identity"] button').click()
  await at('declined')
  await press(page)
  await there(page, setup!.upstreamPerson({ email: null }))
  await at('missing-email')
  await page.locator('[name=email]').fill('not an address')
  await page.locator('form[action$="/missing-email"] .button').click()
  await at('missing-email-error')
  await page.locator('a[href="#email"]').click()
  await page.goto(`${gatehouse.url}/federation/example/callback?state=forged`)
  await look('callback-error')
}

for (const locale of ['en', 'ru']) {
  inChromium(
    `axe finds no accessibility problem on the pages before a provider in ${locale}, light or dark`,
    async t => {
      const { page, complaints } = await openChromium(t, { locale, reducedMotion: 'reduce' })
      await tour(page, async name => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          t.deepEqual(await accessibilityProblems(page), [], `${name}, ${colorScheme}`)
        }
      })
      t.deepEqual(
        complaints.filter(each => /Content Security Policy|Refused/i.test(each)),
        [],
      )
    },
  )
}

inChromium(
  'signing in with a provider works without scripts on a narrow screen, and each step is explained',
  async t => {
    const { page } = await openChromium(t, { javaScriptEnabled: false, viewport: { width: NARROWEST, height: 640 } })
    await tour(page, async name => {
      t.is(await page.locator('h1').count(), 1, name)
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.true(width <= NARROWEST, `${name} is ${width} pixels wide`)
    })
    const { gatehouse } = setup!
    const callback = await listenForReturn(t)
    const rp = await RelyingParty.register(gatehouse, { redirectUris: [callback], firstParty: true })
    await page.goto((await rp.begin({ redirect_uri: callback })).url.href)
    await press(page)
    await there(page, setup!.upstreamPerson())
    await page.waitForURL(`${callback}?**`)
    const code = new URL(page.url()).searchParams.get('code')
    t.truthy(code)
    t.is((await page.context().cookies(gatehouse.url)).filter(({ httpOnly }) => !httpOnly).length, 0)
  },
)
