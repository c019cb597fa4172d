import test from 'ava'
import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { Conflict, NotFound } from '../../src/base/refusals.ts'
import type { IdentityLink } from '../../src/federation/identity-link.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const { identityLinks: links } = app
const TOKENS = {
  accessToken: 'upstream-access-token',
  refreshToken: 'upstream-refresh-token',
  expiresAt: null,
  scope: null,
}

let providerCount = 0
const makeProvider = (policy: { keepTokens?: boolean } = {}) =>
  app.scope(() =>
    app.identityProviders.register(
      { kind: 'oidc', name: `sso-${providerCount++}`, clientId: 'us', issuer: 'https://sso.example.org', policy },
      { by },
    ),
  )

/** Runs work with an account and a provider that are loaded in its unit of work. */
function withBoth<T>(
  { id }: { id: string },
  { name }: Pick<IdentityProvider, 'name'>,
  work: (account: Account, provider: IdentityProvider) => Promise<T>,
): Promise<T> {
  return app.scope(async () => work(await app.accounts.find(id), await app.identityProviders.find(name)))
}

const connect = (person: { id: string }, provider: IdentityProvider, sub: string, email?: string) =>
  withBoth(person, provider, (account, there) =>
    links.add(account, there, { identity: identityOf(there, { sub, email }), tokens: TOKENS }, { by }),
  )
const accountOf = async (provider: IdentityProvider, subject: string) =>
  (await app.scope(() => links.find(provider, subject)))?.account.id ?? null

test('U-03: a link is found only by provider and subject', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const [one, other] = [await makeProvider(), await makeProvider()]
  await connect(ada, one, '7', ada.email)
  await connect(ben, other, '7', ada.email)
  t.is(await accountOf(one, '7'), ada.id)
  t.is(await accountOf(other, '7'), ben.id)
  for (const subject of ['8', ada.email, '', '07', ' 7']) t.is(await accountOf(one, subject), null, subject)
})

test('an upstream identity is connected to only one account, even in a race', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const provider = await makeProvider()
  await connect(ada, provider, '7')
  await t.throwsAsync(connect(ben, provider, '7'), { instanceOf: Conflict })
  await t.throwsAsync(connect(ada, provider, '7'), { instanceOf: Conflict })
  t.is(await accountOf(provider, '7'), ada.id)
  const both = await Promise.allSettled([connect(ada, provider, '8'), connect(ben, provider, '8')])
  t.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('an account lists its own connections, and counts those that can be used to sign in', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const [one, other] = [await makeProvider(), await makeProvider()]
  await connect(ada, one, 'a', 'ada@sso.example.org')
  await connect(ada, other, 'a')
  await connect(ben, one, 'b')
  const summaries = await app.scope(async () => (await links.of(ada.id)).map(link => link.summary()))
  t.deepEqual(
    summaries.map(({ provider, email }) => ({ provider, email })),
    [
      { provider: one.name, email: 'ada@sso.example.org' },
      { provider: other.name, email: null },
    ],
  )
  const open = () => withBoth(ada, one, account => links.countUsable(account))
  t.is(await open(), 2)
  await app.scope(() => app.identityProviders.disable(other.name, { by }))
  t.is(await open(), 1)
  t.is(await app.scope(() => links.count(one)), 2)
})

test('A-07: tokens are stored only if the policy allows it, are sealed, and appear in no summary', async t => {
  const ada = await makePerson(gatehouse)
  const [keeping, other] = [await makeProvider({ keepTokens: true }), await makeProvider()]
  await connect(ada, keeping, '1')
  await connect(ada, other, '1')
  const rows = await app.em.fork().execute('select * from identity_link where account_id = ?', [ada.id])
  t.false(/upstream-(access|refresh)-token/.test(JSON.stringify(rows)))
  await app.scope(async () => {
    const [kept, none] = (await links.of(ada.id)) as [IdentityLink, IdentityLink]
    t.deepEqual(links.tokensOf(kept), TOKENS)
    t.is(links.tokensOf(none), null)
    t.false(JSON.stringify([kept.summary(), kept]).includes(kept.sealedTokens!))
  })
})

test('a connection can be removed only from its own account', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const provider = await makeProvider()
  const { id } = await connect(ada, provider, '7')
  const remove = (person: { id: string }, link: string) =>
    withBoth(person, provider, account => links.remove(account, link, { by }))
  for (const wrong of [newId(), 'nonsense', ''])
    await t.throwsAsync(remove(ada, wrong), { instanceOf: NotFound }, wrong)
  await t.throwsAsync(remove(ben, id), { instanceOf: NotFound })
  t.is(await accountOf(provider, '7'), ada.id)
  await remove(ada, id)
  t.is(await accountOf(provider, '7'), null)
})

test('removing a provider or an account removes its connections', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const [one, other] = [await makeProvider(), await makeProvider()]
  for (const provider of [one, other]) await connect(ada, provider, 'a')
  await connect(ben, one, 'b')
  await app.scope(() => app.identityProviders.remove(one.name, { by }))
  t.is((await app.scope(() => links.of(ben.id))).length, 0)
  t.deepEqual(
    (await app.scope(() => links.of(ada.id))).map(({ provider }) => provider.name),
    [other.name],
  )
  await app.em.fork().execute('delete from account where id = ?', [ada.id])
  t.is(await accountOf(other, 'a'), null)
})

test('F-26: when a role, a provider or a client is deleted, the history of each affected account says so', async t => {
  const [person, other] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const provider = await makeProvider()
  await connect(person, provider, 'someone-there')
  await app.scope(() => app.roles.create({ name: 'editor' }, { by }))
  await app.scope(async () => app.assignments.assign(await app.accounts.find(person.id), ['editor'], { by }))
  const rp = await RelyingParty.register(gatehouse)
  await rp.signIn(person)

  await app.scope(() => app.roles.remove('editor', { by }))
  await app.scope(() => app.identityProviders.remove(provider.name, { by }))
  await app.scope(() => app.clients.remove(rp.id, { by }))

  const recent = async ({ id }: { id: string }) =>
    (await app.scope(() => app.history.of(id, { limit: 3 }))).map(({ kind, reason, target, byOperator }) => [
      kind,
      reason,
      target,
      byOperator,
    ])
  t.deepEqual(await recent(person), [
    ['consent.revoked', 'client-removed', rp.id, true],
    ['identity.unlinked', 'provider-removed', provider.name, true],
    ['role.unassigned', 'role-removed', 'editor', true],
  ])
  for (const [kind] of await recent(other)) t.false(['consent.revoked', 'role.unassigned'].includes(String(kind)))

  const browser = await new Browser(gatehouse.url).open('/account/history')
  await browser.submit({ email: person.email, password: person.password })
  await browser.open('/account/history?show=changes')
  const expected = ['Role editor taken away: the role was deleted', 'An application was removed', 'it was removed here']
  for (const text of expected) t.true(browser.text.includes(text), text)
})
