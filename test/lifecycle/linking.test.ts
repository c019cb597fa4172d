import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, NotFound } from '../../src/base/refusals.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import { UpstreamRefused } from '../../src/lifecycle/upstream/upstream-refused.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

const gatehouse = await startGatehouse()
const people = new UpstreamIdentities(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
test.after.always(() => gatehouse.stop())

const notifiedChanges = async (email: string) =>
  (await queuedEmails(gatehouse, email, 'factor-changed')).map(({ data }) => [data.change, data.provider])

/** A person who signed in with a provider whose email belongs to their account, and must now prove that it is theirs. */
async function pendingLink() {
  const provider = await people.provider()
  const ada = await makePerson(gatehouse)
  const upstreamUser = people.upstreamUser({ email: ada.email })
  const place = people.place()
  const received = await people.receive(provider, upstreamUser, { place })
  return { provider, ada, upstreamUser, place, received }
}

test('a person who proves that the account is theirs is linked, and notified by email', async t => {
  const { provider, ada, upstreamUser, place, received } = await pendingLink()
  t.like(received, { outcome: 'link-account', pending: { accountId: ada.id } })
  t.deepEqual(await people.connected(ada.id), [], 'never silently')
  t.is(await people.linkPending(place, ada.id), provider.title)
  t.deepEqual(await people.connected(ada.id), [upstreamUser.sub])
  t.deepEqual(await notifiedChanges(ada.email), [['identity-linked', provider.title]])
  t.true((await testAccounts.history(ada.id)).includes('identity.linked'))
  t.like(await people.receive(provider, upstreamUser), { outcome: 'returning', account: { id: ada.id } })
  t.is(await people.linkPending(place, ada.id), null, 'once')
})

test('signing in to another account links nothing and removes the pending identity', async t => {
  const { ada, place } = await pendingLink()
  const mallory = await makePerson(gatehouse)
  t.is(await people.linkPending(place, mallory.id), null)
  t.is(await people.linkPending(place, ada.id), null)
  t.deepEqual([await people.connected(mallory.id), await people.connected(ada.id)], [[], []])
})

test('nothing is linked in another browser or if the provider has not verified the email', async t => {
  const { ada } = await pendingLink()
  t.is(await people.linkPending(people.place(), ada.id), null)
  const place = people.place()
  await people.receive(await people.provider(), people.upstreamUser({ email: ada.email, email_verified: false }), {
    place,
  })
  t.is(await people.linkPending(place, ada.id), null)
  t.deepEqual(await people.connected(ada.id), [])
})

test('U-08: nothing is linked if the provider was turned off, or its policy changed, in between', async t => {
  const [off, changed] = [await pendingLink(), await pendingLink()]
  await app.scope(() => app.identityProviders.disable(off.provider.name, { by: operator }))
  const policy = { ...changed.provider.policy, linking: false }
  await app.scope(() => app.identityProviders.update(changed.provider.name, { policy }, { by: operator }))
  for (const { place, ada } of [off, changed]) {
    t.is(await people.linkPending(place, ada.id), null)
    t.deepEqual(await people.connected(ada.id), [])
  }
})

test('the pending identity is kept while an email link can be opened', async t => {
  const { place, ada, provider } = await pendingLink()
  await app.pendingIdentities.hold(place)
  t.is(await people.linkPending(place, ada.id), provider.title)
})

test('N-04: of many requests to link the same identity at once exactly one succeeds', async t => {
  const provider = await people.provider()
  const upstreamUser = people.upstreamUser()
  const owners = await Promise.all([1, 2, 3, 4].map(() => makePerson(gatehouse)))
  const results = await Promise.allSettled(owners.map(({ id }) => people.connect(id, provider, upstreamUser)))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) if (result.status === 'rejected') t.true(result.reason instanceof Conflict)
  const connected = await Promise.all(owners.map(({ id }) => people.connected(id)))
  t.deepEqual(connected.flat(), [upstreamUser.sub])
  const emails = await Promise.all(owners.map(({ email }) => notifiedChanges(email)))
  t.is(emails.flat().length, 1, 'no one else gets an email')
})

test('an identity that is already linked to this or another account is not linked again', async t => {
  const [provider, other] = [await people.provider(), await people.provider()]
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const upstreamUser = people.upstreamUser()
  await people.connect(ada.id, provider, upstreamUser)
  for (const { id } of [ada, grace])
    await t.throwsAsync(people.connect(id, provider, upstreamUser), { instanceOf: Conflict })
  await people.connect(grace.id, other, upstreamUser)
  t.is((await people.connected(grace.id)).length, 1, 'the same subject of another provider is someone else')
})

test('an identity with a pending registration can still be linked to an account', async t => {
  const provider = await people.provider()
  const ada = await makePerson(gatehouse)
  const upstreamUser = people.upstreamUser()
  const pending = await app.scope(async () => {
    const account = app.accounts.register({ email: testAccounts.fresh() }, { by: operator })
    account.pendingSince = app.clock.now()
    await app.accounts.flush()
    await app.identityLinks.add(
      account,
      provider,
      { identity: identityOf(provider, upstreamUser), tokens: null },
      { by: operator },
    )
    return account.email
  })
  await people.connect(ada.id, provider, upstreamUser)
  t.false(await testAccounts.exists(pending))
  t.deepEqual(await people.connected(ada.id), [upstreamUser.sub])
})

test('identities of other domains or of a provider that is turned off are not linked', async t => {
  const provider = await people.provider({ domains: ['corp.example'] })
  const ada = await makePerson(gatehouse)
  const refused = (code: string) => ({ instanceOf: UpstreamRefused, message: /./, code }) as const
  await t.throwsAsync(people.connect(ada.id, provider, people.upstreamUser()), refused('domain'))
  await app.scope(() => app.identityProviders.disable(provider.name, { by: operator }))
  await t.throwsAsync(people.connect(ada.id, provider, people.upstreamUser()), refused('provider_off'))
})

test('A-04: no one can remove the linked identity of another account', async t => {
  const provider = await people.provider()
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const link = await people.connect(ada.id, provider, people.upstreamUser())
  await t.throwsAsync(people.disconnect(grace.id, link.id), { instanceOf: NotFound })
  await t.throwsAsync(people.disconnect(ada.id, 'no id'), { instanceOf: NotFound })
  t.is((await people.connected(ada.id)).length, 1)
  await people.disconnect(ada.id, link.id)
  t.deepEqual(await people.connected(ada.id), [])
  t.deepEqual(await notifiedChanges(ada.email), [
    ['identity-linked', provider.title],
    ['identity-unlinked', provider.title],
  ])
  t.deepEqual(await notifiedChanges(grace.email), [])
})

test(`the "this wasn't me" button removes identities linked within a week`, async t => {
  const provider = await people.provider()
  const ada = await makePerson(gatehouse)
  await people.connect(ada.id, provider, people.upstreamUser())
  const token = await testAccounts.token(ada.email, 'factor-changed')
  await app.scope(() => app.compromise.report(token, { by: stranger() }))
  t.deepEqual(await people.connected(ada.id), [])
})

test('an erased account leaves no linked identity, and no record of its email', async t => {
  const provider = await people.provider()
  const ada = await makePerson(gatehouse)
  const upstreamUser = people.upstreamUser()
  await people.connect(ada.id, provider, upstreamUser)
  await testAccounts.with(ada.id, account => app.erasure.of(account, { by: operator }))
  t.deepEqual(await people.connected(ada.id), [])
  const trail = JSON.stringify(await app.scope(() => app.audit.of(ada.id)))
  for (const personal of [ada.email, upstreamUser.email, upstreamUser.sub, upstreamUser.name])
    t.false(trail.includes(personal))
  t.like(await people.receive(provider, upstreamUser), { outcome: 'new-account' })
})
