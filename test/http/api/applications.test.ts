import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
const wiki = await RelyingParty.register(gatehouse, { name: 'Wiki', uri: 'https://wiki.example.org' })
test.after.always(() => gatehouse.stop())

test('the list of applications shows what each may do', async t => {
  const client = await application.signIn()
  await wiki.signInToStay(client.person)
  const { status, body } = await client.get('/me/applications')
  t.is(status, 200)
  t.true(responses.Applications.safeParse(body).success, JSON.stringify(body))
  t.deepEqual(
    body.applications.map(({ name }: { name: string }) => name),
    ['Wiki', 'Example'],
  )
  const { since, scopes, ...rest } = body.applications[0]
  t.deepEqual(rest, {
    client_id: wiki.id,
    name: 'Wiki',
    uri: 'https://wiki.example.org',
    claims: [],
    resources: [],
    first_party: false,
  })
  t.deepEqual(scopes.sort(), ['email', 'offline_access', 'openid', 'profile', 'roles'])
})

test('a first-party application is listed too, and cannot be revoked', async t => {
  const ours = await RelyingParty.register(gatehouse, { name: 'Ours', firstParty: true })
  const client = await application.signIn()
  const list = async () => (await client.get('/me/applications')).body.applications
  t.is((await list()).length, 1)
  const { tokens } = await ours.signIn(client.person)
  await ours.signIn(client.person, { scope: 'openid email' })

  // Times are in seconds, so the order of the two is not known.
  const applications: { client_id: string; scopes: string[]; since: string; [name: string]: unknown }[] = await list()
  t.is(applications.length, 2)
  const first = applications.find(({ client_id }) => client_id === ours.id)!
  t.like(first, { name: 'Ours', claims: [], resources: [], first_party: true })
  t.deepEqual(first.scopes.toSorted(), ['email', 'openid', 'profile', 'roles'])
  t.true(Math.abs(Date.parse(first.since) - Date.now()) < 60_000)

  t.is((await client.send('DELETE', `/me/applications/${ours.id}`)).status, 404)
  await t.notThrowsAsync(ours.refresh(tokens.refresh_token!))
  t.is((await list()).length, 2)
})

test('revoking an application ends its access at once', async t => {
  const client = await application.signIn()
  const { tokens } = await wiki.signInToStay(client.person)
  const answer = await client.send('DELETE', `/me/applications/${wiki.id}`)
  t.deepEqual([answer.status, answer.body], [204, null])
  await t.throwsAsync(() => wiki.refresh(tokens.refresh_token!))
  await t.throwsAsync(() => wiki.userinfo(tokens.access_token, client.person.id))
  t.is((await client.get('/me/applications')).body.applications.length, 1)
  t.is((await client.send('DELETE', `/me/applications/${wiki.id}`)).status, 404)
})

test('an application can revoke its own access', async t => {
  const client = await application.signIn()
  t.is((await client.send('DELETE', `/me/applications/${application.rp.id}`)).status, 204)
  t.is((await client.get('/me')).status, 401)
})

test('A-02: a person neither sees nor revokes the applications of another account', async t => {
  const [ada, eve] = [await application.signIn(), await application.signIn()]
  const { tokens } = await wiki.signInToStay(ada.person)
  for (const id of [wiki.id, 'nobody', '%00', '..%2f'])
    t.is((await eve.send('DELETE', `/me/applications/${id}`)).status, 404, id)
  await wiki.refresh(tokens.refresh_token!)
  t.is((await ada.get('/me/applications')).body.applications.length, 2)
  t.is((await eve.get('/me/applications')).body.applications.length, 1)
})
