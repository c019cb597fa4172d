import { readFile } from 'node:fs/promises'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { operator } from '../../src/base/actor.ts'
import { Authenticator } from '../support/authenticator.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { emailTo } from '../support/emails.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'

const inChromium = test.runIf(hasChromium)

/** A person who uses second factors, in a browser. */
class FactorUser {
  readonly page: Page
  readonly gatehouse: Gatehouse
  readonly person: Person
  readonly clock: MovingClock

  constructor(user: { page: Page; gatehouse: Gatehouse; person: Person; clock: MovingClock }) {
    this.page = user.page
    this.gatehouse = user.gatehouse
    this.person = user.person
    this.clock = user.clock
  }

  async signIn(to = '/account'): Promise<void> {
    await this.page.goto(this.gatehouse.url + to)
    await this.page.locator('[name=email]').fill(this.person.email)
    await this.page.locator('[name=password]').fill(this.person.password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async signOut(): Promise<void> {
    await this.page.goto(`${this.gatehouse.url}/session/end`)
    await this.page.getByRole('button', { name: 'Sign out', exact: true }).click()
  }

  /** Enters a code that has not been used yet. */
  async showCode(phone: Authenticator): Promise<void> {
    this.clock.advance(60)
    await this.page.locator('[name=code]').fill(phone.code())
    await this.page.getByRole('button', { name: 'Continue', exact: true }).click()
  }

  async showRecoveryCode(code: string): Promise<void> {
    const field = this.page.locator('[name=recovery-code]')
    if (!(await field.isVisible())) await this.page.getByText('Use a recovery code').click()
    await field.fill(code.toLowerCase().replaceAll('-', ' '))
    await this.page.getByRole('button', { name: 'Continue with this code' }).click()
  }

  heading(text: string): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name: text }).waitFor()
  }

  async text(): Promise<string> {
    return ((await this.page.locator('main').textContent()) ?? '').replace(/\s+/g, ' ')
  }
}

async function begin(t: ExecutionContext, javaScriptEnabled: boolean): Promise<FactorUser> {
  const clock = new MovingClock()
  const gatehouse = await startGatehouse({ clock })
  t.teardown(() => gatehouse.stop())
  const { page } = await openChromium(t, { javaScriptEnabled })
  return new FactorUser({ page, gatehouse, person: await makePerson(gatehouse), clock })
}

/** Adds an app on the security page. @returns it, and the codes as the downloaded file has them */
async function enrol(t: ExecutionContext, user: FactorUser) {
  const { page, clock } = user
  await user.signIn('/account/security')
  await page.getByRole('link', { name: 'Add an authenticator app' }).click()
  t.true(await page.getByRole('img', { name: 'QR code for your authenticator app' }).isVisible())
  await page.getByText('I cannot scan the picture').click()
  const phone = new Authenticator((await page.locator('.key code').textContent()) ?? '', clock)
  await page.locator('[name=code]').fill(phone.code())
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('Keep these codes').waitFor()
  const shown = await page.locator('.codes code').allTextContents()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Keep them in a file' }).click(),
  ])
  t.is(download.suggestedFilename(), 'recovery-codes-localhost.txt')
  const kept = (await readFile(await download.path(), 'utf8')).split('\r\n').filter(line => /^\w{4}-/.test(line))
  t.deepEqual(kept, shown)
  return { phone, codes: kept }
}

for (const javaScriptEnabled of [true, false]) {
  inChromium(
    `second factors are added, used and reset by an operator, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`,
    async t => {
      t.timeout(240_000)
      const user = await begin(t, javaScriptEnabled)
      const { page, gatehouse, person } = user
      const { phone, codes } = await enrol(t, user)

      await user.signOut()
      await user.signIn()
      await user.heading('One more step')
      await page.locator('form:has([name=code]) [name=trust]').check()
      await user.showCode(phone)
      await user.heading('Your account')

      await user.signOut()
      await user.signIn()
      await user.heading('Your account')

      await page.goto(`${gatehouse.url}/account/security`)
      await user.heading('One more step')
      await user.showCode(phone)
      await user.heading('Security')
      t.regex(await user.text(), /Chrome on Linux this browser Since/)
      await page.getByRole('button', { name: 'Ask there again' }).click()
      await page.getByText('That browser is asked for the second factor again.').waitFor()

      await user.signOut()
      await user.signIn()
      await user.showRecoveryCode(codes[0]!)
      await user.heading('Your account')
      await user.signOut()
      await user.signIn()
      await user.showRecoveryCode(codes[0]!)
      await page.getByText('This is none of your recovery codes, or it was used before.').waitFor()

      const { app } = gatehouse
      await app.scope(async () => app.factorResets.now(await app.accounts.find(person.id), { by: operator }))
      await user.signIn()
      await user.heading('Your account')
      await page.goto(`${gatehouse.url}/account/history`)
      const history = await user.text()
      for (const event of [
        'All second factors removed',
        'Recovery code used',
        'Authenticator app added',
        'Browser trusted',
      ])
        t.true(history.includes(event), event)
      const { text } = await emailTo(app, person.email, 'factor-changed')
      t.regex(text, /An operator removed all second factors/)
    },
  )
}
