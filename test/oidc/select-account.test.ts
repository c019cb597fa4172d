import test from 'ava'
import {
  addAccount,
  chooseAccount,
  currentAccount,
  offeredIn,
  openChooser,
  USE_ANOTHER,
} from '../support/account-chooser.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { type Begun, RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
const { app, url } = gatehouse
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())

const CHOOSER = 'Choose an account'

const open = (browser: Browser, parameters?: Record<string, string>) => openChooser(rp, browser, parameters)
const choose = (browser: Browser, person: Person, parameters?: Record<string, string>) =>
  chooseAccount(rp, browser, person, parameters)
const add = (browser: Browser, person: Person) => addAccount(rp, browser, person)
const current = (browser: Browser) => currentAccount(rp, browser)
const password = (browser: Browser, { email, password }: Person) => browser.submit({ email, password })
const claimsOf = async (begun: Begun, browser: Browser) => (await rp.redeem(begun, browser)).claims()!
const sessions = async (...people: Person[]) =>
  Promise.all(people.map(async ({ id }) => (await app.sessions.of(id)).length))

/** A browser in which Ada and then Ben have signed in; Ben is the current one. */
async function both() {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const { browser, tokens } = await rp.signIn(ada)
  const second = await add(browser, ben)
  return { ada, ben, browser, first: tokens, second }
}

test('discovery lists the values of prompt', t => {
  t.deepEqual(rp.configuration.serverMetadata().prompt_values_supported, [
    ...['none', 'login', 'consent', 'select_account', 'create'],
  ])
})

test('without a session, prompt=select_account is a normal sign-in', async t => {
  const ada = await makePerson(gatehouse)
  const browser = new Browser(url)
  const begun = await open(browser, { login_hint: ada.email })
  t.is(browser.heading, 'Sign in')
  t.is(browser.field('email'), ada.email)
  await password(browser, ada)
  t.is((await claimsOf(begun, browser)).sub, ada.id)
})

test('a single account is shown, and never chosen for the person', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  for (const parameters of [{}, { login_hint: ada.email }] as Record<string, string>[]) {
    const begun = await open(browser, parameters)
    t.is(browser.heading, CHOOSER)
    t.true(browser.text.includes(ada.name) && browser.text.includes(ada.email))
    t.deepEqual(offeredIn(browser), [ada.id])
    await browser.submit({ account: ada.id })
    t.is((await claimsOf(begun, browser)).sub, ada.id)
  }
  t.deepEqual(await sessions(ada), [1])
})

test('a person adds an account and switches between both without signing in again', async t => {
  const { ada, ben, browser } = await both()
  t.is(await current(browser), ben.id)
  t.deepEqual(await sessions(ada, ben), [1, 1])

  for (const person of [ada, ben, ada]) {
    const begun = await open(browser)
    t.deepEqual(offeredIn(browser).toSorted(), [ada.id, ben.id].toSorted())
    await browser.submit({ account: person.id })
    t.is((await claimsOf(begun, browser)).sub, person.id)
    t.is(await current(browser), person.id)
  }
  t.deepEqual(await sessions(ada, ben), [1, 1])
})

test('the current account comes first, and an account that the request hints at before it', async t => {
  const { ada, ben, browser, second } = await both()
  await open(browser)
  t.deepEqual(offeredIn(browser), [ben.id, ada.id])
  await open(browser, { login_hint: ada.email.toUpperCase() })
  t.deepEqual(offeredIn(browser), [ada.id, ben.id])
  await open(browser, { login_hint: 'nobody@example.org' })
  t.deepEqual(offeredIn(browser), [ben.id, ada.id])
  await browser.follow(USE_ANOTHER)
  t.is(browser.field('email'), 'nobody@example.org')
  await open(browser, { login_hint: ada.email })
  await browser.follow(USE_ANOTHER)
  t.is(browser.field('email'), '', 'the hint is about an account of the list')

  await choose(browser, ada)
  const begun = await open(browser, { id_token_hint: second.id_token! })
  t.deepEqual(offeredIn(browser), [ben.id, ada.id])
  await browser.submit({ account: ada.id })
  t.is((await claimsOf(begun, browser)).sub, ada.id, 'the choice counts, not the hint')
})

test('signing in to an account of the list again keeps one session of each', async t => {
  const { ada, ben, browser } = await both()
  for (const person of [ada, ada, ben]) {
    t.is((await add(browser, person)).claims()?.sub, person.id)
    t.is(await current(browser), person.id)
    t.deepEqual(await sessions(ada, ben), [1, 1])
  }
})

test('a browser keeps five accounts: the one that was used least recently is signed out for a sixth', async t => {
  const people = []
  const browser = new Browser(url)
  for (let count = 0; count < 6; count++) {
    const person = await makePerson(gatehouse)
    people.push(person)
    if (count === 0) await rp.signIn(person, {}, browser)
    else await add(browser, person)
  }
  t.deepEqual(await sessions(...people), [0, 1, 1, 1, 1, 1])
  await open(browser)
  t.deepEqual(
    offeredIn(browser),
    people
      .slice(1)
      .map(({ id }) => id)
      .toReversed(),
  )
})

test('every application asks the chosen person for consent', async t => {
  const { ada, ben, browser } = await both()
  const other = await RelyingParty.register(gatehouse)
  await other.signIn(ben, {}, browser)
  const begun = await other.begin({ prompt: 'select_account' })
  await browser.open(begun.url.href)
  await browser.submit({ account: ada.id })
  t.is(browser.heading, 'Allow Example?')
  t.true(browser.text.includes(ada.email))
  await browser.submit({ decision: 'allow' })
  t.is((await other.redeem(begun, browser)).claims()?.sub, ada.id)
})

test.serial('M-07: the chosen account has to meet max_age and acr_values, and prompt=login', async t => {
  const time = new TimeTravel(t)
  const { ada, ben, browser } = await both()
  const { authenticator } = await addApp(gatehouse, ada.id)
  time.pass(600)
  await add(browser, ben)

  let begun = await choose(browser, ada, { max_age: '300' })
  t.is(browser.heading, 'Sign in')
  await password(browser, ada)
  t.is(browser.heading, 'One more step')
  await browser.submit({ code: authenticator.code() })
  t.is((await claimsOf(begun, browser)).sub, ada.id)

  begun = await choose(browser, ben, { max_age: '300' })
  t.is((await claimsOf(begun, browser)).sub, ben.id, 'Ben signed in a moment ago')

  begun = await choose(browser, ben, { prompt: 'select_account login' })
  t.is(browser.heading, 'Sign in')
  await password(browser, ben)
  t.is((await claimsOf(begun, browser)).sub, ben.id)
})

test.serial('M-07: a step-up after the choice asks only for what the session of the chosen account lacks', async t => {
  const { ada, browser, first } = await both()
  const { authenticator } = await addApp(gatehouse, ada.id)
  new TimeTravel(t).pass(60)
  const begun = await choose(browser, ada, { acr_values: 'urn:gatehouse:acr:2fa' })
  t.is(browser.heading, 'One more step')
  await browser.submit({ code: authenticator.code() })
  t.like(await claimsOf(begun, browser), {
    sub: ada.id,
    acr: 'urn:gatehouse:acr:2fa',
    auth_time: first.claims()?.auth_time,
  })
})

test('two open choosers, the back button and a reload lead on, never to an error', async t => {
  const { ada, ben, browser } = await both()
  const [first, second] = [await open(browser), browser.page]
  const third = await open(browser)
  await browser.submit({ account: ada.id })
  t.is((await claimsOf(third, browser)).sub, ada.id)

  browser.page = second
  await browser.submit({ account: ben.id })
  t.is((await claimsOf(first, browser)).sub, ben.id)
  t.is(await current(browser), ben.id)

  const begun = await open(browser)
  const chooser = browser.page
  await browser.follow(USE_ANOTHER)
  await browser.submit({ email: ada.email, password: 'wrong' })
  await browser.open(browser.page.url)
  t.is(browser.heading, 'Sign in', 'after a reload too')
  await browser.open(chooser.url)
  t.is(browser.heading, CHOOSER)
  await browser.submit({ account: ada.id })
  t.is((await claimsOf(begun, browser)).sub, ada.id)
  t.deepEqual(await sessions(ada, ben), [1, 1])
})

test('a form that is sent twice chooses once', async t => {
  const { ada, ben, browser } = await both()
  await open(browser)
  const again = browser.copy()
  again.page = browser.page
  const send = (sender: Browser) =>
    sender.fetch(`${sender.page.url}/account`, {
      method: 'POST',
      headers: { origin: url },
      body: new URLSearchParams({ csrf: sender.field('csrf')!, account: ada.id }),
    })
  for (const answer of await Promise.all([send(again), send(browser)])) t.is(answer.status, 200)
  await browser.submit({ account: ada.id })
  t.is(await current(browser), ada.id)
  t.deepEqual(await sessions(ada, ben), [1, 1])
})

test('a person who cancels stays as they were', async t => {
  const { ben, browser } = await both()
  await open(browser)
  await browser.submit({}, { action: '/abort' })
  t.is(new URL(browser.page.url).searchParams.get('error'), 'access_denied')
  t.is(await current(browser), ben.id)
})

test('prompt=none is not combined with prompt=select_account', async t => {
  const { browser } = await both()
  await open(browser, { prompt: 'none select_account' })
  t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_request')
})

test('the account pages lead to the chooser and back', async t => {
  const { ada, ben, browser } = await both()
  await browser.open(`${url}/account`)
  t.true(browser.text.includes(ben.email))
  await browser.follow('Switch account')
  t.is(browser.heading, CHOOSER)
  await browser.submit({ account: ada.id })
  t.is(new URL(browser.page.url).pathname, '/account')
  t.true(browser.text.includes(ada.email))
  t.false(browser.text.includes(ben.email))
})
