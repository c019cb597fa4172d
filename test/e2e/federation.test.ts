import test from 'ava'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { Upstream, type UpstreamPerson } from '../support/upstream.ts'
import { openApplication } from './application.ts'

/** Signing in with an upstream provider in a real browser, with its rules for forms, redirects and cookies. */

const inChromium = test.serial.runIf(hasChromium)

const PHONE: BrowserContextOptions = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }
const BROWSERS: [string, BrowserContextOptions][] = [
  ['with JavaScript', {}],
  ['without JavaScript', { javaScriptEnabled: false }],
  ['on a phone', PHONE],
]

let upstream: Upstream
let gatehouse: Gatehouse

test.before(async () => {
  upstream = await Upstream.start()
  gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host, SIGN_IN_LIMIT_IP: '1000/1h' } })
  await upstream.connect(gatehouse)
  await upstream.connect(gatehouse, { name: 'second', title: 'Second' })
  await upstream.connect(gatehouse, { name: 'members', title: 'Members', policy: { domains: ['members.example'] } })
})

test.after.always(async () => {
  await gatehouse?.stop()
  upstream?.close()
})

function newPerson(claims: Partial<UpstreamPerson> = {}): UpstreamPerson {
  const sub = crypto.randomUUID()
  return upstream.person({
    sub,
    name: 'Ada',
    email: `ada-${sub.slice(0, 8)}@example.org`,
    email_verified: true,
    ...claims,
  })
}

const accountOf = ({ email }: UpstreamPerson) =>
  gatehouse.app.scope(() => gatehouse.app.accounts.findByEmail(String(email)))

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** From our page to the provider, through the redirect page. */
async function leave(page: Page, title = 'Example Upstream') {
  await button(page, `Continue with ${title}`).click()
  await heading(page, 'Sign in there')
}

async function signInThere(page: Page, { sub }: UpstreamPerson) {
  await page.getByLabel('Who').fill(sub)
  await button(page, 'Sign in').click()
}

/** Whether the page needs no horizontal scrolling. */
const fits = (page: Page) =>
  page.evaluate<boolean>('document.documentElement.scrollWidth <= document.documentElement.clientWidth')

const clearOurCookies = (context: BrowserContext) => context.clearCookies({ domain: 'localhost' })
const clearProviderCookies = (context: BrowserContext) => context.clearCookies({ domain: '127.0.0.1' })

for (const [how, options] of BROWSERS) {
  inChromium(
    `a person registers with a provider, signs in again, connects another and disconnects, ${how}`,
    async t => {
      t.timeout(180_000)
      const wiki = await openApplication(t, gatehouse)
      const { page, context, complaints } = await openChromium(t, options)
      const ada = newPerson()
      const first = await wiki.signIn(page, async () => {
        await leave(page)
        await signInThere(page, ada)
      })
      t.like(first.claims(), { email: ada.email, email_verified: true, name: 'Ada', amr: ['fed'] })

      await clearOurCookies(context)
      const again = await wiki.signIn(page, () => button(page, 'Continue with Example Upstream').click())
      t.is(again.claims()?.sub, first.claims()?.sub)

      await page.goto(`${gatehouse.url}/account/security`)
      await button(page, 'Connect Second').click()
      await page.getByText('The account is connected.').waitFor()
      const part = (title: string) =>
        page.getByRole('listitem').filter({ hasText: title }).getByRole('button', { name: 'Disconnect' }).click()
      await part('Example Upstream')
      await page.getByText('The account is disconnected.').waitFor()
      await part('Second')
      await page.getByRole('paragraph').filter({ hasText: 'This is your only way to sign in.' }).waitFor()
      // The browser also reports the refusal, which is expected.
      t.deepEqual(
        complaints.filter(text => !text.endsWith('403 (Forbidden)')),
        [],
      )
    },
  )

  inChromium(
    `cancelling at a provider is explained and can be retried; a person the provider may not sign in is refused, ${how}`,
    async t => {
      t.timeout(180_000)
      const wiki = await openApplication(t, gatehouse)
      const { page, context, complaints } = await openChromium(t, options)
      const ada = newPerson()
      const tokens = await wiki.signIn(page, async () => {
        await leave(page)
        await button(page, 'Cancel').click()
        await page.getByText('You have turned back at Example Upstream.').waitFor()

        await leave(page, 'Members')
        await signInThere(page, ada)
        await page.getByText('only people with a confirmed address of certain organisations come in').waitFor()

        await clearProviderCookies(context)
        await leave(page)
        await signInThere(page, ada)
      })
      t.is(tokens.claims()?.sub, (await accountOf(ada))?.id)
      t.deepEqual(complaints, [])
    },
  )

  inChromium(
    `a person with an account proves ownership of it, and one without an email is asked for one, ${how}`,
    async t => {
      t.timeout(180_000)
      const wiki = await openApplication(t, gatehouse)
      const { page, context, complaints } = await openChromium(t, options)
      const person = await makePerson(gatehouse)
      const connected = await wiki.signIn(page, async () => {
        await leave(page)
        await signInThere(page, newPerson({ email: person.email }))
        await heading(page, 'Is this your account?')
        t.true(await fits(page))
        await page.getByLabel('Password', { exact: true }).fill(person.password)
        await button(page, 'Sign in and connect').click()
      })
      t.is(connected.claims()?.sub, person.id)
      t.is((await gatehouse.app.scope(() => gatehouse.app.identityLinks.of(person.id))).length, 1)

      await context.clearCookies()
      const ada = newPerson({ email: undefined })
      const email = `no-address-${ada.sub.slice(0, 8)}@example.org`
      const registered = await wiki.signIn(page, async () => {
        await leave(page)
        await signInThere(page, ada)
        await heading(page, 'What is your address?')
        t.true(await fits(page))
        await page.locator('[name=email]').fill(email)
        await button(page, 'Continue').click()
      })
      t.like(registered.claims(), { email, email_verified: false })
      t.deepEqual(complaints, [])
    },
  )
}
