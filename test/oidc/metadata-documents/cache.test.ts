import test, { type ExecutionContext } from 'ava'
import { DocumentServer, describedParty, hasCertificates } from '../../support/document-server.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const WEB = {
  client_name: 'Assistant',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
}
const MINUTE = 60
const HOUR = 60 * MINUTE

interface Place {
  documents: DocumentServer
  gatehouse: Gatehouse
  clock: MovingClock
}

const [common, limited] = hasCertificates ? await Promise.all([prepare('1000/1m'), prepare('3/1h')]) : []
test.after.always(() =>
  Promise.all([common, limited].flatMap(place => [place?.gatehouse.stop(), place?.documents.stop()])),
)

async function prepare(limit: string): Promise<Place> {
  const documents = await DocumentServer.start()
  const clock = new MovingClock()
  const env = {
    CLIENT_ID_METADATA_DOCUMENTS: documents.host,
    OUTBOUND_ALLOW: documents.host,
    CLIENT_REGISTRATION_LIMIT_IP: limit,
  }
  return { documents, clock, gatehouse: await startGatehouse({ env, clock }) }
}

/** One after another, since they move the clock. */
function withDocuments(title: string, work: (t: ExecutionContext, place: Place) => Promise<void>, place = common) {
  test.serial.runIf(hasCertificates)(title, t => {
    place!.documents.seen.length = 0
    return work(t, place!)
  })
}

/** @returns the status of a request for a sign-in */
async function ask({ gatehouse }: Pick<Place, 'gatehouse'>, id: string): Promise<number> {
  const { url } = await (await describedParty(gatehouse, id)).begin()
  return (await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })).status
}

withDocuments(
  'a document is read again when its Cache-Control says so, but not before five minutes and after a day at the latest',
  async (t, place) => {
    const { documents, clock } = place
    const ages = {
      '/none': {},
      '/zero': { 'cache-control': 'no-store, max-age=0' },
      '/hour': { 'cache-control': 'max-age=3600' },
    }
    for (const [path, headers] of Object.entries({ ...ages, '/year': { 'cache-control': 'max-age=31536000' } }))
      documents.publish(path, WEB, headers)
    const read = async (path: string) => {
      const before = documents.seen.length
      t.is(await ask(place, documents.address(path)), 303, path)
      return documents.seen.length > before
    }
    for (const path of ['/none', '/zero', '/hour', '/year'])
      t.deepEqual([await read(path), await read(path)], [true, false])
    clock.advance(6 * MINUTE)
    for (const [path, again] of [
      ['/none', true],
      ['/zero', true],
      ['/hour', false],
      ['/year', false],
    ] as const)
      t.is(await read(path), again, path)
    clock.advance(HOUR)
    t.deepEqual([await read('/hour'), await read('/year')], [true, false])
    clock.advance(23 * HOUR)
    t.true(await read('/year'))
  },
)

withDocuments('requests at the same time read a document once, and all processes share it', async (t, place) => {
  const { documents, gatehouse } = place
  const id = documents.publish('/client-2', WEB)
  t.deepEqual(await Promise.all(Array.from({ length: 10 }, () => ask(place, id))), Array(10).fill(303))
  const { url } = await gatehouse.another()
  const { search, pathname } = (await (await describedParty(gatehouse, id)).begin()).url
  t.is((await fetch(url + pathname + search, { redirect: 'manual' })).status, 303)
  t.deepEqual(documents.seen, ['/client-2'])
})

withDocuments('F-24: a document that could not be used is read again only after a delay', async (t, place) => {
  const { documents, clock } = place
  const id = documents.publish('/client-3', { ...WEB, redirect_uris: [] })
  for (const missing of [id, documents.address('/missing')]) {
    documents.seen.length = 0
    for (let attempt = 0; attempt < 3; attempt++) t.is(await ask(place, missing), 400)
    t.is(documents.seen.length, 1)
    clock.advance(29)
    t.is(await ask(place, missing), 400)
    t.is(documents.seen.length, 1, 'not yet')
    clock.advance(2)
    documents.publish(new URL(missing).pathname, WEB)
    t.is(await ask(place, missing), 303)
  }
})

withDocuments(
  'one visitor cannot have any number of documents read',
  async (t, place) => {
    const { documents, clock } = place
    const ids = [1, 2, 3, 4, 5].map(n => documents.publish(`/${n}`, WEB))
    t.deepEqual(await Promise.all(ids.slice(0, 3).map(id => ask(place, id))), [303, 303, 303])
    t.is(await ask(place, ids[3]!), 429)
    t.is(await ask(place, documents.address('/missing')), 429)
    t.is(documents.seen.length, 3)
    t.is(await ask(place, ids[0]!), 303, 'what is known already is not limited')
    clock.advance(21 * MINUTE)
    t.is(await ask(place, ids[4]!), 303)
  },
  limited,
)

withDocuments(
  'what is taken out of a document no longer works once it is read again, and the stored client follows it',
  async (t, place) => {
    const { documents, gatehouse, clock } = place
    const { app } = gatehouse
    const other = 'https://app.example.org/other'
    const id = documents.publish('/client-5', { ...WEB, redirect_uris: [CALLBACK, other] })
    const rp = await describedParty(gatehouse, id)
    const ada = await makePerson(gatehouse)
    const { browser } = await rp.signIn(ada)
    documents.publish('/client-5', { ...WEB, client_name: 'Renamed', redirect_uris: [other] })
    t.is(await ask(place, id), 303)
    clock.advance(6 * MINUTE)
    t.is(await ask(place, id), 400)
    const stored = await app.scope(() => app.clients.find(id))
    t.like(stored, { name: 'Renamed', redirectUris: [other] })
    t.is(stored.createdAt.getTime() < clock.now().getTime() - 5 * MINUTE * 1000, true, 'it is the same client')
    await browser.open((await rp.begin({ redirect_uri: other })).url.href)
    t.true(browser.page.url.startsWith(`${other}?code=`), 'no one is asked again')
  },
)

withDocuments('a sign-in that takes longer than a document is used goes on', async (t, place) => {
  const { documents, gatehouse, clock } = place
  const rp = await describedParty(gatehouse, documents.publish('/client-6', WEB))
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  const begun = await rp.begin({ prompt: 'login consent' })
  await browser.open(begun.url.href)
  clock.advance(8 * MINUTE)
  await browser.submit({ email: ada.email, password: ada.password })
  await browser.submit({ decision: 'allow' })
  t.true(browser.page.url.startsWith(`${CALLBACK}?code=`))
  t.is(documents.seen.length, 2)
})
