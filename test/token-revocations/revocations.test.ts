import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { Impersonation } from '../../src/lifecycle/impersonation/impersonation.ts'
import { isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { actAs } from '../support/impersonation.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { isListed, keyOf, readList } from '../support/revocation-list.ts'

const ORDERS = 'https://orders.example.org'

const gatehouse = await startGatehouse({ env: { REFRESH_REPLAY_WINDOW: '0' } })
const other = await gatehouse.another()
const { app, url } = gatehouse
await app.scope(() =>
  app.resources.register(
    { id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }, { name: 'orders:write' }] },
    { by: operator },
  ),
)
await app.scope(() => app.roles.create({ name: 'clerk', description: '' }, { by: operator }))
test.after.always(() => gatehouse.stop())

const by = operator
const scopes = ['openid', 'offline_access', 'orders:read']

/** A person who is signed in to an application that has a token for the API. */
async function signedIn({ offline = true }: { offline?: boolean } = {}) {
  const person = await makePerson(gatehouse, { roles: ['clerk'] })
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const scope = offline ? 'openid offline_access orders:read' : 'openid orders:read'
  const { browser, begun, tokens } = await rp.signIn(person, { scope, resource: ORDERS, prompt: 'consent' })
  const code = new URL(browser.page.url).searchParams.get('code')!
  return { person, rp, browser, begun, code, tokens }
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>

const kinds: [title: string, revoke: (stay: SignedIn) => Promise<unknown>][] = [
  ['C-14: the application revokes the access token', ({ rp, tokens }) => post(rp, tokens.access_token)],
  ['C-14: the application revokes the refresh token', ({ rp, tokens }) => post(rp, tokens.refresh_token!)],
  [
    'S-06: the person signs out',
    async ({ browser }) => {
      await browser.open(`${url}/session/end`)
      await browser.submit({ logout: 'yes' })
    },
  ],
  [
    'S-06: the browser session is ended',
    async ({ person: { id } }) => {
      const [session] = await app.sessions.of(id)
      await app.scope(() => app.sessions.revoke(id, session!.key, { by }))
    },
  ],
  ['F-04: consent is withdrawn', ({ person, rp }) => app.scope(() => app.consents.revoke(person.id, rp.id, { by }))],
  [
    'F-04: consent is withdrawn after the store has lost the grant',
    async ({ person, rp }) => {
      for (const { id } of await app.grants.of(person.id)) await lose(id)
      await app.scope(() => app.consents.revoke(person.id, rp.id, { by }))
    },
  ],
  ['A-04: the person is suspended', ({ person }) => app.scope(() => app.suspension.suspend(person.id, { by }))],
  [
    'A-04: the account is erased',
    ({ person }) => app.scope(async () => app.erasure.of(await app.accounts.find(person.id), { by })),
  ],
  [
    'F-04: the person gets a new password by a link',
    async ({ person }) => {
      const { token } = await app.scope(() => app.passwordReset.link(person.id, { by }))
      await app.scope(() => app.passwordReset.complete(token, 'quite another horse and staple', { by }))
    },
  ],
  [
    'A-04: the person loses a role',
    ({ person }) =>
      app.scope(async () => app.assignments.unassign(await app.accounts.find(person.id), ['clerk'], { by })),
  ],
  ['A-04: the application is removed', ({ rp }) => app.scope(() => app.clients.remove(rp.id, { by }))],
  [
    'F-04: the application loses a scope',
    ({ rp }) => app.scope(() => app.clients.update(rp.id, { scopes: ['openid'] }, { by })),
  ],
  [
    'A-04: the application is closed to a role',
    ({ rp }) => app.scope(() => app.clients.update(rp.id, { deniedRoles: ['clerk'] }, { by })),
  ],
  [
    'C-01: the code is redeemed again',
    async ({ rp, begun, code }) =>
      rp.post('/token', {
        ...{ grant_type: 'authorization_code', code, code_verifier: begun.verifier },
        redirect_uri: begun.url.searchParams.get('redirect_uri')!,
      }),
  ],
  [
    'F-01: a refresh token is used again',
    async ({ rp, tokens }) => {
      const again = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }
      t200((await rp.post('/token', again)).status)
      return rp.post('/token', again)
    },
  ],
]

/** As a store that lost its data: the grant is gone, and no one has revoked it. */
const lose = (id: string) => app.artifacts.commit([{ do: 'drop', kind: 'Grant', id }])

const post = (rp: RelyingParty, token: string) => rp.post('/token/revocation', { token })

function t200(status: number): void {
  if (status !== 200) throw new Error(`answered ${status}`)
}

for (const [title, revoke] of kinds)
  test(`${title}: its JWT access tokens are on the list and inactive at once, those of others are not`, async t => {
    const [stay, bystander] = [await signedIn(), await signedIn()]
    await revoke(stay)

    const list = await readList(url)
    t.true(isListed(list, stay.tokens.access_token))
    t.false(isListed(list, bystander.tokens.access_token))
    for (const at of [url, other.url]) {
      const asked = { token: stay.tokens.access_token }
      const answer = await stay.rp.post('/token/introspection', asked, { at })
      if (answer.status === 200) t.deepEqual(answer.body, { active: false })
      else isRefusedAs(t, answer, 'invalid_client')
    }
    const { body } = await bystander.rp.post('/token/introspection', { token: bystander.tokens.access_token })
    t.true(body.active)
  })

test('tokens that a person gets after a suspension, a lost role or a new password are not on the list', async t => {
  const { person, rp, tokens } = await signedIn()
  await app.scope(async () => app.assignments.unassign(await app.accounts.find(person.id), ['clerk'], { by }))
  const refreshed = await rp.refresh(tokens.refresh_token!)
  t.deepEqual(decodeJwt(refreshed.access_token).roles, ['subscriber'])
  await app.scope(() => app.suspension.suspend(person.id, { by }))
  await app.scope(() => app.suspension.reinstate(person.id, { by }))
  const again = await rp.signIn(person, { scope: 'openid orders:read', resource: ORDERS })

  const list = await readList(url)
  t.deepEqual(
    [tokens, refreshed, again.tokens].map(({ access_token: token }) => isListed(list, token)),
    [true, true, false],
  )
})

test('F-04: withdrawn consent revokes the tokens of that application only, and a new consent gives valid ones', async t => {
  const { person, rp, tokens, browser } = await signedIn()
  const another = await RelyingParty.register(gatehouse, { scopes })
  const request = { scope: 'openid orders:read', resource: ORDERS }
  const kept = await another.signIn(person, request, browser)
  await app.scope(() => app.consents.revoke(person.id, rp.id, { by }))
  const again = await rp.signIn(person, request, browser)

  const list = await readList(url)
  t.deepEqual(
    [tokens, kept.tokens, again.tokens].map(({ access_token: token }) => isListed(list, token)),
    [true, false, false],
  )
})

test('A-04: a client that is registered again under the same ID gets tokens that are not on the list', async t => {
  const registration = { id: 'nightly', profile: 'machine' as const, scopes: ['orders:read'] }
  const token = async (rp: RelyingParty) =>
    (await rp.post('/token', { grant_type: 'client_credentials' })).body.access_token
  const before = await token(await RelyingParty.register(gatehouse, registration))
  await app.scope(() => app.clients.remove('nightly', { by }))
  const after = await token(await RelyingParty.register(gatehouse, registration))

  const list = await readList(url)
  t.deepEqual([isListed(list, before), isListed(list, after)], [true, false])
})

test('A-04: when a role loses a permission, its people refresh and get valid tokens at once', async t => {
  await app.scope(() => app.roles.create({ name: 'reader', description: '', permissions: ['clients:read'] }, { by }))
  const { person, rp, tokens } = await signedIn()
  await app.scope(async () => app.assignments.assign(await app.accounts.find(person.id), ['reader'], { by }))
  await app.scope(() => app.roles.update('reader', { permissions: [] }, { by }))
  const refreshed = await rp.refresh(tokens.refresh_token!)

  const list = await readList(url)
  t.deepEqual(
    [tokens, refreshed].map(({ access_token: token }) => isListed(list, token)),
    [true, false],
  )
})

test('C-14: what a revoked token took along stays revoked for as long as another token of its grant can be valid', async t => {
  const { rp, tokens } = await signedIn()
  const { exp, grant_id: grant } = decodeJwt(tokens.access_token)
  await lose(String(grant))
  await post(rp, tokens.access_token)
  const { entries } = await readList(url)
  t.true(entries.get(keyOf(String(grant)))! >= exp! + 23 * 3600)
})

test('clients may be called what every object has, such as constructor', async t => {
  for (const id of ['constructor', 'toString', 'hasOwnProperty']) {
    const person = await makePerson(gatehouse)
    const rp = await RelyingParty.register(gatehouse, { id, scopes })
    const { tokens } = await rp.signIn(person, { scope: 'openid orders:read', resource: ORDERS })
    t.false(isListed(await readList(url), tokens.access_token), id)
  }
})

test('a change that takes nothing away revokes nothing', async t => {
  const { person, rp, tokens } = await signedIn()
  await app.scope(async () => app.assignments.assign(await app.accounts.find(person.id), ['admin'], { by }))
  await app.scope(() => app.clients.update(rp.id, { name: 'Another', scopes: [...scopes, 'orders:write'] }, { by }))
  t.false(isListed(await readList(url), tokens.access_token))
})

test('a token ends with a role of its person that ends by time', async t => {
  const { person, rp, tokens } = await signedIn()
  const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 120_000)
  await app.scope(async () => app.assignments.assign(await app.accounts.find(person.id), ['admin'], { by, until }))
  const refreshed = await rp.refresh(tokens.refresh_token!)
  t.is(decodeJwt(refreshed.access_token).exp, until.getTime() / 1000)
  t.true(refreshed.expires_in! <= 120)
})

test('an access token from an impersonation is on the list when the administrator ends it', async t => {
  const { ana, browser } = await actAs(t, gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes, firstParty: true })
  const { tokens } = await rp.signIn(ana, { scope: 'openid orders:read', resource: ORDERS }, browser)
  t.truthy(decodeJwt(tokens.access_token).act)
  t.false(isListed(await readList(url), tokens.access_token))
  await app.scope(async () => {
    const [running] = await app.em.find(Impersonation, { account: ana.id })
    await app.impersonationEnds.end(running!, 'button', { by })
  })
  const list = await readList(url)
  t.true(isListed(list, tokens.access_token))
  const [running] = await app.scope(() => app.em.find(Impersonation, { account: ana.id }))
  t.false(list.entries.has(running!.id.replaceAll('-', '')), 'no one recognises an impersonation')
})
