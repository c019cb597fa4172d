import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { PASSWORD, setPassword } from '../../support/people.ts'
import { ShapedUpstream } from '../../support/shaped-upstream.ts'
import { TimeTravel } from '../../support/time-travel.ts'
import { arrived, door, press, Setting } from './place.ts'

const github = await ShapedUpstream.start('github')
const setting = await Setting.start({ env: { OUTBOUND_ALLOW: github.host } })
test.after.always(() => {
  github.close()
  return setting.stop()
})
const { gatehouse, upstream } = setting
const { app, url } = gatehouse
test.before(async () => {
  await app.scope(() => app.identityProviders.register(github.definition(), { by: operator }))
})

const ASKED: Record<string, string>[] = [{ prompt: 'login' }, { max_age: '0' }, { prompt: 'login', max_age: '3600' }]

/** There and back at GitHub, which has a session and asks nothing. */
async function throughGithub(browser?: Browser, parameters: Record<string, string> = {}) {
  const way = await setting.asked(parameters, browser)
  await press(way.browser, 'github')
  const to = way.browser.document.querySelector('a.button')!.getAttribute('href')!
  await way.browser.open(github.visit(to))
  return way
}

/** As when the account page is opened that is for those alone who have shown lately who they are. */
async function security(browser: Browser, time: TimeTravel): Promise<Browser> {
  time.pass(11 * 60)
  await browser.open(`${url}/account/security`)
  await press(browser, 'github')
  return browser.open(github.visit(browser.document.querySelector('a.button')!.getAttribute('href')!))
}

test.serial('S-11: removing max_age from the authorization request does not help', async t => {
  const ada = setting.personThere()
  const there = new Browser(upstream.url)
  const way = await setting.leaving()
  await way.browser.open(await upstream.visit(door(way.browser), { as: ada }, there))
  t.true(arrived(way.browser))
  for (const parameters of ASKED) {
    const { browser } = await setting.leaving(parameters, way.browser)
    const edited = new URL(door(browser))
    edited.searchParams.delete('prompt')
    edited.searchParams.delete('max_age')
    await browser.open(await upstream.visit(edited, {}, there))
    t.is(browser.heading, 'Sign in', JSON.stringify(parameters))
    t.true(browser.text.includes('Example Upstream has let you through without asking.'))
  }
  const honest = await setting.leaving({ prompt: 'login' }, way.browser)
  await honest.browser.open(await upstream.visit(door(honest.browser), { as: ada }, there))
  t.true(arrived(honest.browser))
})

test.serial('S-11: without auth_time, a standard provider is not trusted to have asked', async t => {
  const ada = setting.personThere({ idToken: { auth_time: undefined } })
  const { browser } = await setting.through(ada)
  t.true(arrived(browser))
  for (const parameters of ASKED) {
    await setting.through(ada, parameters, browser)
    t.is(browser.heading, 'Sign in', JSON.stringify(parameters))
  }
})

test.serial(
  'S-11: if the provider never sends auth_time, a password or passkey is required, if there is one',
  async t => {
    const time = new TimeTravel(t)
    const { browser } = await throughGithub()
    t.true(arrived(browser))
    t.is((await security(browser, time)).page.url, `${url}/account/security`, 'who has none comes back by it')
    const { id, email } = await app.scope(() => app.accounts.find('mona@example.org'))
    await setPassword(app, id, PASSWORD)
    await security(browser, time)
    t.is(browser.heading, 'Sign in')
    t.true(browser.text.includes('GitHub does not tell us whether it has asked you.'))
    for (const parameters of ASKED) {
      t.is((await throughGithub(browser, parameters)).browser.heading, 'Sign in', JSON.stringify(parameters))
    }
    t.true(arrived((await throughGithub(undefined, { max_age: '600' })).browser), 'a first sign-in is one')
    await setting.asked({ prompt: 'login' }, browser)
    await browser.submit({ email, password: PASSWORD })
    t.true(arrived(browser))
  },
)
