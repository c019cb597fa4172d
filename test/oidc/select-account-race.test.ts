import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { addAccount, currentAccount, offeredIn, openChooser } from '../support/account-chooser.ts'
import { type Browser, leadsTo } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
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
