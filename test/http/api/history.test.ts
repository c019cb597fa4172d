import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { AccountApplication, type AccountClient } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())

interface Event {
  id: string
  at: string
  kind: string
  sentence: string
}

const kinds = ({ body }: { body: { events: Event[] } }) => body.events.map(({ kind }) => kind)

async function change(client: AccountClient, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await client.send('PATCH', '/me', { profile: { nickname: `A${time}` } })
}

test('a person reads their history, newest first, in their language', async t => {
  const client = await application.signIn()
  const { status, body } = await client.get('/me/history')
  t.is(status, 200)
  t.true(responses.History.safeParse(body).success, JSON.stringify(body))
  t.is(body.before, null)
  t.deepEqual(kinds({ body }).slice(0, 2), ['consent.given', 'sign-in.succeeded'])
  t.is(body.events[0].client, application.rp.id)
  t.regex(body.events[0].sentence, /^Allowed Example, Firefox on Linux, /)
  const russian = await client.send('GET', '/me/history', undefined, { 'accept-language': 'ru' })
  t.regex(russian.body.events[0].sentence, /[а-я].*Firefox на Linux/)
})

test('the history has pages, and each event is on one of them', async t => {
  const client = await application.signIn()
  await change(client, 5)
  const all = (await client.get('/me/history')).body.events as Event[]
  const seen: Event[] = []
  for (let before: string | null = ''; before !== null; ) {
    const { body } = await client.get(`/me/history?limit=3${before && `&before=${before}`}`)
    t.true(body.events.length <= 3)
    seen.push(...body.events)
    before = body.before
  }
  t.deepEqual(
    seen.map(({ id }) => id),
    all.map(({ id }) => id),
  )
})

test('the history is filtered by kind, by the beginning of a kind or by group', async t => {
  const client = await application.signIn()
  await change(client, 1)
  t.deepEqual(kinds(await client.get('/me/history?kind=profile.updated')), ['profile.updated'])
  t.deepEqual(kinds(await client.get('/me/history?kind=profile.&kind=sign-in.')), [
    'profile.updated',
    'sign-in.succeeded',
  ])
  t.deepEqual(kinds(await client.get('/me/history?kind=sign')), [])
  t.deepEqual(kinds(await client.get('/me/history?group=changes')).slice(0, 2), ['profile.updated', 'consent.given'])
  t.deepEqual(kinds(await client.get('/me/history?group=sign-ins')), ['sign-in.succeeded'])
  for (const group of ['administration', 'nothing'])
    t.is((await client.get(`/me/history?group=${group}`)).status, 422, group)
})

test('A-02: paging with an event of another account shows none of its history', async t => {
  const [ada, eve] = [await application.signIn(), await application.signIn()]
  const theirs = (await ada.get('/me/history')).body.events as Event[]
  const own = (await eve.get(`/me/history?before=${theirs[0]!.id}`)).body.events as Event[]
  t.false(own.some(({ id }) => theirs.some(event => event.id === id)))
})
