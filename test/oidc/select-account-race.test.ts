import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { addAccount, currentAccount, offeredIn, openChooser, USE_ANOTHER } from '../support/account-chooser.ts'
import { type Browser, leadsTo } from '../support/browser.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { SIGN_IN_LIMIT_IP: '1000/1h', OUTBOUND_ALLOW: '127.0.0.1' },
  queueIntervals: QUICK,
})
const { app, url } = gatehouse
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())

const ROUNDS = 8

const sessions = async (...people: Person[]) =>
  Promise.all(people.map(async ({ id }) => (await app.sessions.of(id)).length))

async function both() {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const { browser } = await rp.signIn(ada)
  await addAccount(rp, browser, ben)
  return { ada, ben, browser }
}

/** Signs in to another account in a tab of its own. @returns the address that resumes the request */
async function added(browser: Browser, { email, password }: Person): Promise<string> {
  await openChooser(rp, browser)
  await browser.follow(USE_ANOTHER)
  const action = browser.document.querySelector('form#sign-in')!.getAttribute('action')!
  const answer = await browser.fetch(new URL(action, url).href, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ csrf: browser.field('csrf')!, email, password }),
  })
  return leadsTo(await answer.text()) ?? ''
}

/** Chooses in a tab of its own. @returns the address that resumes the request */
async function chosen(browser: Browser, { id }: Person): Promise<string> {
  await openChooser(rp, browser)
  const answer = await browser.fetch(`${browser.page.url}/account`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ csrf: browser.field('csrf')!, account: id }),
  })
  return leadsTo(await answer.text()) ?? ''
}

const codeIn = (answer: Response) => new URL(answer.headers.get('location') ?? url, url).searchParams.has('code')

test('two switches of one browser at the same time neither mix nor double its sessions', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const { ada, ben, browser } = await both()
    const resumes = [await chosen(browser, ada), await chosen(browser, ada)]
    const tabs = resumes.map(() => browser.copy())
    const answers = await Promise.all(resumes.map((address, tab) => tabs[tab]!.fetch(address)))
    for (const { status } of answers) t.true(status === 303 || status === 400, String(status))
    t.is(answers.filter(codeIn).length, 1, 'one of them switches')
    const winner = tabs[answers.findIndex(codeIn)]!
    t.is(await currentAccount(rp, winner), ada.id)
    await openChooser(rp, winner)
    t.deepEqual(offeredIn(winner), [ada.id, ben.id])
    t.deepEqual(await sessions(ada, ben), [1, 1])
  }
})

test('S-06: a session that ends during a switch stays ended', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const { ada, ben, browser } = await both()
    const ends = round % 2 === 0 ? ada : ben
    const address = await chosen(browser, ada)
    const [session] = await app.sessions.of(ends.id)
    const [answer] = await Promise.all([
      browser.fetch(address),
      app.scope(() => app.sessions.revoke(ends.id, session!.key, { by: operator })),
    ])
    t.true(answer.status === 303 || answer.status === 400, String(answer.status))
    t.deepEqual(await sessions(ends), [0])
    await openChooser(rp, browser)
    t.false(offeredIn(browser).includes(ends.id))
    if (ends === ada) t.not(await currentAccount(rp, browser), ada.id)
  }
})

test('S-06: of accounts that are added at the same time, those that the browser has no room for are signed out', async t => {
  const channel = await LogoutEndpoint.open(t)
  const notified = await RelyingParty.register(gatehouse, { firstParty: true, backchannelLogoutUri: channel.uri })
  const people = []
  for (let count = 0; count < 6; count++) people.push(await makePerson(gatehouse))
  const [first, ...rest] = people as [Person, ...Person[]]
  const { browser, tokens } = await notified.signIn(first)
  for (const person of rest.slice(0, 2)) await addAccount(rp, browser, person)

  // Each of the three finds room beside three accounts.
  const resumes = []
  for (const person of rest.slice(2)) resumes.push(await added(browser, person))
  for (const address of resumes) t.true(codeIn(await browser.fetch(address)))

  t.deepEqual(await sessions(...people), [0, 1, 1, 1, 1, 1])
  await openChooser(rp, browser)
  t.deepEqual(offeredIn(browser), rest.map(({ id }) => id).toReversed())
  t.like((await channel.arrived(1))[0]!.claims, { sub: first.id, sid: tokens.claims()?.sid as string })
  const [event] = await app.scope(() => app.audit.of(first.id))
  t.like(event?.summary(), { kind: 'session.signed-out', actor: 'visitor', target: rp.id })
})
