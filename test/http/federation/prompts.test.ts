import test from 'ava'
import { currentAccount, offeredIn, openChooser, USE_ANOTHER } from '../../support/account-chooser.ts'
import { makePerson } from '../../support/people.ts'
import { atApplication, FederationSetup, press } from './federation-setup.ts'

const setup = await FederationSetup.start()
test.after.always(() => setup.stop())
const { gatehouse, upstream, rp } = setup

test('an account of a provider is added to those of the browser', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  const begun = await openChooser(rp, browser)
  await browser.follow(USE_ANOTHER)
  await press(browser)
  await upstream.through(browser, { as: setup.upstreamPerson({ name: 'Bob' }) })
  const { sub } = await setup.claims({ begun, browser })
  t.not(sub, ada.id)
  t.is(await currentAccount(rp, browser), sub)
  const again = await openChooser(rp, browser)
  t.deepEqual(offeredIn(browser), [sub, ada.id])
  await browser.submit({ account: ada.id })
  t.is((await setup.claims({ begun: again, browser })).sub, ada.id)
})

test('a provider that is named by the request does not replace the chooser', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  await openChooser(rp, browser, { idp_hint: 'example' })
  t.deepEqual(offeredIn(browser), [ada.id])
})

test('an identity that waits to be linked is shown instead of the chooser, until the person drops it', async t => {
  const ada = await makePerson(gatehouse, { emailVerified: true })
  const { browser } = await rp.signIn(await makePerson(gatehouse, { name: 'Ben' }))
  const begun = await openChooser(rp, browser)
  await browser.follow(USE_ANOTHER)
  await press(browser)
  await upstream.through(browser, { as: setup.upstreamPerson({ email: ada.email }) })
  t.truthy(browser.document.querySelector('form[action$="/discard-identity"]'))
  await browser.submit({}, { action: '/discard-identity' })
  t.is(offeredIn(browser).length, 1)
  await browser.follow(USE_ANOTHER)
  await browser.submit({ email: ada.email, password: ada.password })
  t.is((await setup.claims({ begun, browser })).sub, ada.id)
})

test('prompt=create registers with a provider too, and a failure there leads to the sign-in page', async t => {
  const started = await setup.signInPage({ prompt: 'create', idp_hint: 'example' })
  const { browser } = started
  t.is(browser.heading, 'Create an account')
  await press(browser)
  await upstream.through(browser, { cancel: true })
  t.is(browser.heading, 'Sign in')
  await press(browser)
  const person = setup.upstreamPerson()
  await upstream.through(browser, { as: person })
  t.true(atApplication(browser))
  t.is((await setup.claims(started)).email, person.email ?? '')
})
