import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { registeredParty } from '../support/registering-program.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

test('the applications page also shows first-party applications, which cannot be revoked', async t => {
  const ada = await makePerson(gatehouse)
  const [wiki, ours] = [
    await RelyingParty.register(gatehouse, { name: 'Wiki' }),
    await RelyingParty.register(gatehouse, { name: 'Intranet', firstParty: true }),
  ]
  const { browser } = await wiki.signIn(ada)
  const { tokens } = await ours.signIn(ada, {}, browser)
  await browser.open(`${url}/account/applications`)

  const cards = browser.document.querySelectorAll('.card').map(card => ({
    text: card.textContent,
    revocable: card.querySelectorAll('form').length > 0,
  }))
  t.is(cards.length, 2)
  const intranet = cards.find(({ text }) => text.includes('Intranet'))!
  t.false(intranet.revocable)
  t.regex(intranet.text, /It belongs to this place/)
  t.true(cards.find(({ text }) => text.includes('Wiki'))!.revocable)

  await browser.open(`${url}/account/applications/${ours.id}`, {
    method: 'POST',
    body: new URLSearchParams({ csrf: browser.field('csrf')!, method: 'delete' }),
  })
  await t.notThrowsAsync(ours.refresh(tokens.refresh_token!))
  await browser.open(`${url}/account/applications`)
  await browser.submit({}, { action: `/applications/${wiki.id}` })
  t.false(browser.text.includes('Wiki'))
  t.true(browser.text.includes('Intranet'))
  t.regex((await browser.open(`${url}/account`)).text, /1 application/)
  t.deepEqual(
    (await app.grants.of(ada.id)).map(({ clientId }) => clientId),
    [ours.id],
  )
})

test('D-05: the logo of an application that registered itself is not loaded', async t => {
  const ada = await makePerson(gatehouse)
  const [theirs, ours] = ['https://bank.example/logo.png', 'https://wiki.example/logo.png']
  const garden = await registeredParty(gatehouse, { client_name: 'Garden', logo_uri: theirs })
  const wiki = await RelyingParty.register(gatehouse, { name: 'Wiki', logoUri: ours })
  const { browser } = await garden.signIn(ada, { scope: 'openid' })
  await wiki.signIn(ada, {}, browser)
  await browser.open(`${url}/account/applications`)
  t.true(browser.text.includes('Garden'))
  t.false(browser.page.html.includes(theirs))
  t.true(browser.page.html.includes(ours))
})

test('the history shows a removed application by its ID', async t => {
  const ada = await makePerson(gatehouse)
  const wiki = await RelyingParty.register(gatehouse, { name: 'Wiki' })
  const { browser } = await wiki.signIn(ada)
  const history = async () => (await browser.open(`${url}/account/history`)).text
  const before = await history()
  for (const line of ['Allowed Wiki', 'Signed in to Wiki']) t.true(before.includes(line), before)

  await app.scope(() => app.clients.remove(wiki.id, { by: operator }))
  const after = await history()
  for (const line of [`Allowed ${wiki.id}`, `Signed in to ${wiki.id}`]) t.true(after.includes(line), after)
  t.notRegex(after, /undefined|null|Wiki/)
})
