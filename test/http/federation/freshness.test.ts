import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { PASSWORD, setPassword } from '../../support/people.ts'
import { ShapedUpstream } from '../../support/shaped-upstream.ts'
import { TimeTravel } from '../../support/time-travel.ts'
import { atApplication, FederationSetup, press, providerLink } from './federation-setup.ts'

const github = await ShapedUpstream.start('github')
const setup = await FederationSetup.start({ env: { OUTBOUND_ALLOW: github.host } })
test.after.always(() => {
  github.close()
  return setup.stop()
})
const { gatehouse, upstream } = setup
const { app, url } = gatehouse
test.before(async () => {
  await app.scope(() => app.identityProviders.register(github.definition(), { by: operator }))
})

const REQUESTS: Record<string, string>[] = [{ prompt: 'login' }, { max_age: '0' }, { prompt: 'login', max_age: '3600' }]

/** Signs in with GitHub, which has a session and does not ask the person. */
async function signInWithGithub(browser?: Browser, parameters: Record<string, string> = {}) {
  const started = await setup.signInPage(parameters, browser)
  await press(started.browser, 'github')
  const to = started.browser.document.querySelector('a.button')!.getAttribute('href')!
  await started.browser.open(github.visit(to))
  return started
}

/** Opens the security page, which requires a recent sign-in, and signs in again with GitHub. */
async function security(browser: Browser, time: TimeTravel): Promise<Browser> {
  time.pass(11 * 60)
  await browser.open(`${url}/account/security`)
  await press(browser, 'github')
  return browser.open(github.visit(browser.document.querySelector('a.button')!.getAttribute('href')!))
}

test.serial(
  'S-11: removing prompt and max_age from the authorization request does not avoid re-authentication',
  async t => {
    const ada = setup.upstreamPerson()
    const there = new Browser(upstream.url)
    const started = await setup.providerPage()
    await started.browser.open(await upstream.visit(providerLink(started.browser), { as: ada }, there))
    t.true(atApplication(started.browser))
    for (const parameters of REQUESTS) {
      const { browser } = await setup.providerPage(parameters, started.browser)
      const edited = new URL(providerLink(browser))
      edited.searchParams.delete('prompt')
      edited.searchParams.delete('max_age')
      await browser.open(await upstream.visit(edited, {}, there))
      t.is(browser.heading, 'Sign in', JSON.stringify(parameters))
      t.true(browser.text.includes('Example Upstream has let you through without asking.'))
    }
    const honest = await setup.providerPage({ prompt: 'login' }, started.browser)
    await honest.browser.open(await upstream.visit(providerLink(honest.browser), { as: ada }, there))
    t.true(atApplication(honest.browser))
  },
)

test.serial(
  'S-11: without auth_time, the result of a standard provider does not count as re-authentication',
  async t => {
    const ada = setup.upstreamPerson({ idToken: { auth_time: undefined } })
    const { browser } = await setup.signInThrough(ada)
    t.true(atApplication(browser))
    for (const parameters of REQUESTS) {
      await setup.signInThrough(ada, parameters, browser)
      t.is(browser.heading, 'Sign in', JSON.stringify(parameters))
    }
  },
)

test.serial(
  'S-11: if a provider never sends auth_time, re-authentication requires the password, if the account has one',
  async t => {
    const time = new TimeTravel(t)
    const { browser } = await signInWithGithub()
    t.true(atApplication(browser))
    t.is(
      (await security(browser, time)).page.url,
      `${url}/account/security`,
      'without a password the provider is enough',
    )
    const { id, email } = await app.scope(() => app.accounts.find('mona@example.org'))
    await setPassword(app, id, PASSWORD)
    await security(browser, time)
    t.is(browser.heading, 'Sign in')
    t.true(browser.text.includes('GitHub does not tell us whether it has asked you.'))
    for (const parameters of REQUESTS) {
      t.is((await signInWithGithub(browser, parameters)).browser.heading, 'Sign in', JSON.stringify(parameters))
    }
    t.true(
      atApplication((await signInWithGithub(undefined, { max_age: '600' })).browser),
      'a first sign-in counts as recent',
    )
    await setup.signInPage({ prompt: 'login' }, browser)
    await browser.submit({ email, password: PASSWORD })
    t.true(atApplication(browser))
  },
)
