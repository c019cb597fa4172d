import test from 'ava'
import type { Page } from 'playwright-core'
import russian from '../../locales/ru.json' with { type: 'json' }
import { systemClock } from '../../src/base/clock.ts'
import { Authenticator } from '../support/authenticator.ts'
import { hasChromium, openChromium, showsHeading, showsStatus } from '../support/chromium.ts'
import { gatehouse } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import { Application, listenForReturn } from './application.ts'
import { followEmail } from './mailbox.ts'
import { newcomer, npmStart } from './npm-start.ts'

/** What a person sees who types `npm start` and then follows the printed lines in a browser. */

const inChromium = test.serial.runIf(hasChromium)

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

/** The JSON that a command prints. */
async function answer(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await gatehouse([...args, '--json'], env)
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

async function fill(page: Page, fields: Record<string, string>) {
  for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value)
}

/** A table of the demo's page: claims and what they say. */
async function claims(page: Page, caption: string): Promise<Record<string, string>> {
  const rows = page.locator('table', { has: page.locator('caption', { hasText: caption }) }).locator('tbody tr')
  const cells = await rows.evaluateAll(found => found.map(row => [...row.children].map(cell => cell.textContent ?? '')))
  return Object.fromEntries(cells.map(([name = '', value = '']) => [name, value.trim()]))
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without'
  inChromium(`from npm start to a person's claims, in a browser ${how} JavaScript`, async t => {
    const env = await newcomer(t, { firstStart: javaScriptEnabled })
    const first = await npmStart(t, env)
    const { page, complaints } = await openChromium(t, { javaScriptEnabled })

    await page.goto(first.url)
    t.true(await page.getByText('Nobody is in charge yet').isVisible())
    await page.goto(first.setup ?? '')
    await fill(page, { email: 'root@example.org', name: 'Root', password: PASSWORD })
    await button(page, 'Create superuser')
    await showsHeading(page, 'All set')
    await page.getByRole('link', { name: 'Go to the start page' }).click()
    await page.getByRole('link', { name: 'Try the demo application' }).click()

    await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
    await page.getByRole('link', { name: 'Create an account' }).click()
    await fill(page, { email: 'Ada@Example.org', name: 'Ada Lovelace', password: PASSWORD })
    await button(page, 'Create account')
    await followEmail(page, first.url)
    await showsHeading(page, 'Allow Demo application?')
    const learns = (await page.locator('main').textContent()) ?? ''
    for (const real of ['Ada Lovelace', 'ada@example.org', 'subscriber']) t.true(learns.includes(real), real)
    await button(page, 'Allow')
    await page.waitForURL(`${first.demo}/`)

    const root = await answer(env, 'accounts', 'show', 'root@example.org')
    t.true(root.roles.includes('superuser'))
    const ada = await answer(env, 'accounts', 'show', 'ada@example.org')
    const idToken = await claims(page, 'Claims of the ID token')
    const known = { sub: ada.id, email: 'ada@example.org', name: 'Ada Lovelace', roles: 'subscriber' }
    t.like(await claims(page, 'Userinfo response'), known)
    t.like(idToken, { sub: ada.id, iss: first.url, aud: 'demo' })
    t.like(await claims(page, 'Claims of the access token'), { sub: ada.id, roles: 'subscriber' })

    await button(page, 'Refresh tokens')
    await showsStatus(page, /Tokens refreshed/)
    await button(page, 'Call the API')
    await showsStatus(page, /The API answered 200/)
    await button(page, 'Sign out')
    await page.getByRole('link', { name: 'Sign in with Gatehouse' }).waitFor()
    t.is(page.url(), `${first.demo}/`)

    t.is(await first.serving.stop('SIGINT'), 0)

    const second = await npmStart(t, env)
    t.is(second.setup, null, 'there is a superuser, so no link is printed')
    await page.goto(second.demo)
    await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
    await fill(page, { email: 'ada@example.org', password: PASSWORD })
    await button(page, 'Sign in')
    await button(page, 'Allow')
    await page.waitForURL(`${second.demo}/`)
    t.is((await claims(page, 'Claims of the ID token')).sub, ada.id)
    t.deepEqual(complaints, [], 'nothing was refused, missing, or against the policy')
    t.is(await second.serving.stop('SIGINT'), 0)
  })
}

inChromium('the first superuser adds a second factor at the first sign-in, and is not asked again', async t => {
  const { url, setup } = await npmStart(t, await newcomer(t))
  const { page, complaints } = await openChromium(t)
  await page.goto(setup ?? '')
  await fill(page, { email: 'root@example.org', name: 'Root', password: PASSWORD })
  await button(page, 'Create superuser')
  t.true(await page.getByText('The first sign-in asks for a second factor').isVisible())

  await page.goto(`${url}/account`)
  await fill(page, { email: 'root@example.org', password: PASSWORD })
  await button(page, 'Sign in')
  await showsHeading(page, 'Protect your account')
  const phone = new Authenticator((await page.locator('.key code').textContent()) ?? '', systemClock)
  await page.locator('[name=code]').fill(phone.code())
  await page.locator('[name=code]').press('Enter')
  await showsHeading(page, 'Keep these codes')
  await page.locator('form[action$="/codes-saved"] button').click()
  await page.waitForURL(`${url}/account`)
  for (const path of ['/account/security', '/account/data']) {
    await page.goto(url + path)
    t.is(page.url(), url + path, 'nothing more is asked')
  }
  t.deepEqual(complaints, [])
})

inChromium('a client of the operator asks for consent once, and then signs in silently', async t => {
  const env = await newcomer(t)
  const { url } = await npmStart(t, env)
  const redirectUri = await listenForReturn(t)
  const added = await answer(env, 'clients', 'add', 'Wiki', '--profile', 'web', '--redirect-uri', redirectUri)
  const application = await Application.connect({ issuer: url, id: added.id, secret: added.secret, redirectUri })
  const { page, context } = await openChromium(t)

  const tokens = await application.signIn(page, async () => {
    await page.getByRole('link', { name: 'Create an account' }).click()
    await fill(page, { email: 'ada@example.org', name: 'Ada', password: PASSWORD })
    await button(page, 'Create account')
    await followEmail(page, url)
    await showsHeading(page, 'Allow Wiki?')
    await button(page, 'Allow')
  })
  const again = await application.signIn(page, async () => {})
  t.is(again.claims()?.sub, tokens.claims()?.sub)

  await context.clearCookies()
  const later = await application.signIn(page, async () => {
    await fill(page, { email: 'ada@example.org', password: PASSWORD })
    await button(page, 'Sign in')
  })
  t.is(later.claims()?.sub, tokens.claims()?.sub, 'the password, but no second consent')
})

inChromium('a browser set to Russian gets Russian pages, in dark mode too', async t => {
  const { demo, setup, url } = await npmStart(t, await newcomer(t))
  const { page, complaints } = await openChromium(t, { locale: 'ru-RU', colorScheme: 'dark' })

  await page.goto(setup ?? '')
  await showsHeading(page, russian['setup.title'])
  t.is(await page.locator('html').getAttribute('lang'), 'ru')
  t.is(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'), true)
  await page.goto(demo)
  await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
  await showsHeading(page, russian['sign-in.title'])
  await page.getByRole('link', { name: russian['sign-in.register'] }).click()
  await showsHeading(page, russian['register.title'])
  await fill(page, { email: 'ada@example.org', name: 'Ада', password: PASSWORD })
  await button(page, russian['register.submit'])
  await followEmail(page, url)
  await button(page, russian['consent.allow'])
  await page.waitForURL(`${demo}/`)
  await showsHeading(page, 'Ада')
  await page.goto(url)
  t.deepEqual(complaints, [])
})
