import type { Page } from 'playwright-core'
import { systemClock } from '../../src/base/clock.ts'
import { Authenticator } from '../support/authenticator.ts'
import { gatehouse } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import { enrolAndLose } from './enrol-and-lose.ts'
import { followEmail, newestLink } from './mailbox.ts'
import type { Started } from './npm-start.ts'

export interface Tour extends Started {
  env: Record<string, string>
  /** The name and email of the person, which pages show. */
  person: { name: string; email: string }
}

const OWNER = 'olivia@example.org'
const WORK = 'ada@work.example'

/**
 * Visits every page, each as a person would get to it, in any language and without needing scripts. `inspect`
 * is called wherever there is a page to look at, by a name of its own.
 */
export async function tour(page: Page, at: Tour, inspect: (name: string) => Promise<void>): Promise<void> {
  const look = async (name: string) => {
    await page.waitForLoadState()
    await inspect(name)
  }
  const fill = async (fields: Record<string, string>) => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value)
  }
  const send = (action = '/') => page.locator(`form[action*="${action}"] .button`).first().click()
  const open = async (address: string, name: string) => {
    await page.goto(address)
    await look(name)
  }

  await open(at.url, 'home-first')
  const setup = at.setup ?? ''
  await open(setup, 'setup')
  await fill({ email: 'olivia', name: 'Olivia', password: 'short' })
  await send()
  await look('setup-errors')
  await fill({ email: OWNER, password: PASSWORD })
  await send()
  await look('setup-done')
  await open(setup, 'setup-closed')
  await open(at.url, 'home')
  await open(`${at.url}/nothing`, 'not-found')

  await open(at.demo, 'demo')
  const [request] = await Promise.all([
    page.waitForRequest(each => each.url().startsWith(`${at.url}/auth?`)),
    page.locator('a[href="/sign-in"]').click(),
  ])
  await look('sign-in')
  await fill({ email: at.person.email, password: 'not the right one' })
  await send('/sign-in')
  await look('sign-in-error')
  await page.locator('a[href$="/register"]').click()
  await look('register')
  await fill({ email: at.person.email, name: at.person.name, password: at.person.email })
  await send('/register')
  await look('register-errors')
  await fill({ password: PASSWORD })
  await send('/register')
  await look('check-email')
  await followEmail(page, at.url, look)
  await page.locator('[value=allow]').waitFor()
  await look('consent')
  await page.locator('[value=allow]').click()
  await page.waitForURL(`${at.demo}/`)
  await look('demo-signed-in')
  await page.locator('form[action="/call-api"] button').click()
  await look('demo-api')
  await open(`${at.demo}/callback?state=unknown&code=unknown`, 'demo-error')

  const requestWith = (changes: Record<string, string>) => {
    const address = new URL(request.url())
    for (const [name, value] of Object.entries(changes)) address.searchParams.set(name, value)
    return address.href
  }
  await open(requestWith({ prompt: 'login' }), 'sign-in-again')
  const byEmail = page.locator('button[formaction$="/email"]')
  if ((await byEmail.count()) > 0) {
    await byEmail.click()
    await look('email-sign-in')
    await fill({ email: at.person.email })
    await send('/email')
    await look('email-code')
    await fill({ code: 'no such code' })
    await send('/email-code')
    await look('email-code-error')
    const link = await newestLink(page, at.url, /^(Sign in|Вход)$/)
    await open(link, 'email-link')
    await page.context().clearCookies({ name: 'gatehouse_form' })
    await open(link, 'email-link-other-browser')
    await page.goto(requestWith({ prompt: 'login' }))
  }
  for (let attempt = 0; attempt < 12; attempt++) {
    await fill({ email: 'nobody@example.org', password: 'a guess' })
    await send('/sign-in')
  }
  await look('sign-in-locked')
  await open(requestWith({ redirect_uri: `${at.demo}/callbak` }), 'error-developer')
  await open(requestWith({ client_id: 'unknown' }), 'error-client')

  await open(`${at.url}/session/end?client_id=demo`, 'sign-out')
  await page.locator('[name=logout]').click()
  await look('signed-out')

  const { stdout } = await gatehouse(['recover', at.person.email, '--json'], at.env)
  const { url: recover } = JSON.parse(stdout)
  await open(recover, 'recover')
  await fill({ password: 'short' })
  await send()
  await look('recover-errors')
  await fill({ password: PASSWORD })
  await send()
  await look('recover-done')
  await open(recover, 'link-invalid')

  await open(`${at.url}/forgot-password`, 'forgot')
  await page.goto(`${at.url}/account`)
  await fill({ email: at.person.email, password: PASSWORD })
  await send('/sign-in')
  await look('account')
  for (const part of ['profile', 'security', 'sessions', 'history', 'applications', 'data', 'export.html']) {
    await open(`${at.url}/account/${part}`, `account-${part.replace('.html', '')}`)
  }

  await gatehouse(['clients', 'update', 'demo', '--allowed-role', 'admin'], at.env)
  await open(requestWith({}), 'access-refused')
  await gatehouse(['clients', 'update', 'demo', '--remove-allowed-role', 'admin'], at.env)

  const register = ['accounts', 'register', WORK, '--name', at.person.name, '--password', PASSWORD, '--verified']
  await gatehouse(register, at.env)
  await open(`${at.url}/account/switch`, 'choose-account-single')
  await page.locator('a.choice').click()
  await fill({ email: WORK, password: PASSWORD })
  await send('/sign-in')
  await page.locator('a[href$="/account/switch"]').click()
  await look('choose-account')
  await open(`${at.url}/session/end`, 'sign-out-several')
  await page.goto(`${at.url}/account/switch`)
  await page.locator('button.choice').last().click()

  await open(`${at.url}/account/authenticator-app`, 'account-authenticator-app')
  const app = new Authenticator((await page.locator('.key code').textContent()) ?? '', systemClock)
  await fill({ code: '000000' })
  await send('/factors/totp')
  await look('account-authenticator-app-error')
  await fill({ code: app.code() })
  await send('/factors/totp')
  await look('account-recovery-codes')
  await open(`${at.url}/account/security`, 'account-security-factors')

  await page.goto(`${at.url}/session/end`)
  await page.locator('[name=logout]').click()
  await page.goto(`${at.url}/account`)
  await fill({ email: at.person.email, password: PASSWORD })
  await send('/sign-in')
  await look('second-factor')
  await fill({ code: '000000' })
  await send('/code')
  await look('second-factor-error')
  await enrolAndLose(page, { url: at.url, email: OWNER }, look)
}
