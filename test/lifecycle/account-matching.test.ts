import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import type { Matched } from '../../src/lifecycle/upstream/account-matching.ts'
import { UpstreamRefused } from '../../src/lifecycle/upstream/upstream-refused.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { stranger } from './test-accounts.ts'
import { TOKENS, UpstreamIdentities } from './upstream-identities.ts'

const gatehouse = await startGatehouse({ env: { EMAIL_VERIFICATION: 'required' } })
const people = new UpstreamIdentities(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
test.after.always(() => gatehouse.stop())

function accountOf(received: Matched) {
  if (!('account' in received)) throw new Error(`no account: ${received.outcome}`)
  return received.account
}

const refusal = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    error => (error instanceof UpstreamRefused ? error.code : error),
  )

test('a first sign-in with a verified email creates an account, and the next one finds it', async t => {
  const provider = await people.provider()
  const ada = people.upstreamUser({ given_name: 'Ada', locale: 'ru', website: 'javascript:alert(1)' })
  const first = await people.receive(provider, ada)
  t.like(first, { outcome: 'new-account', passed: 'upstream' })
  const account = await testAccounts.account(accountOf(first).id)
  t.like(account, { email: ada.email, emailVerified: true, name: 'Ada Lovelace' })
  t.deepEqual({ ...account.profile }, { given_name: 'Ada', locale: 'ru' })
  t.false(await testAccounts.with(account.id, each => app.passwords.has(each)))
  t.deepEqual(await people.roles(account.id), ['subscriber'])
  t.deepEqual(await testAccounts.emails(ada.email), ['welcome'])

  const [link] = await app.scope(() => app.identityLinks.of(account.id))
  t.like(link, { subject: ada.sub, email: ada.email, sealedTokens: null })
  t.true(link?.lastUsedAt instanceof Date)
  const again = await people.receive(provider, ada)
  t.like(again, { outcome: 'returning', passed: 'upstream' })
  t.is(accountOf(again).id, account.id)
  t.deepEqual(await testAccounts.emails(ada.email), ['welcome'])
})

test('U-03: provider and subject alone identify the account', async t => {
  const [one, other] = [await people.provider(), await people.provider()]
  const ada = people.upstreamUser()
  const { id } = accountOf(await people.receive(one, ada))

  const namesake = people.upstreamUser({ sub: ada.sub })
  t.not(accountOf(await people.receive(other, namesake)).id, id, 'the same subject of another provider')
  const moved = { ...ada, email: testAccounts.fresh('moved') }
  t.is(accountOf(await people.receive(one, moved)).id, id, 'the email changed at the provider')
  t.is((await testAccounts.account(id)).email, ada.email)
  t.is((await app.scope(() => app.identityLinks.of(id)))[0]?.email, moved.email)
  const newOwner = await people.receive(one, people.upstreamUser({ email: ada.email }))
  t.like(
    newOwner,
    { outcome: 'link-account', pending: { accountId: id, takeoverAllowed: false } },
    'the provider gave the address to someone else',
  )
  t.deepEqual(await people.connected(id), [ada.sub])
})

test('U-01: an unverified email links nothing, creates no account, and reveals nothing', async t => {
  const provider = await people.provider()
  const { email, id } = await makePerson(gatehouse)
  for (const email_verified of [false, undefined, 'true', 1, null]) {
    for (const address of [email, testAccounts.fresh()]) {
      const received = await people.receive(provider, {
        sub: `${email_verified}-${address}`,
        email: address,
        email_verified,
      })
      t.like(received, { outcome: 'missing-email', pending: { accountId: null, takeoverAllowed: false } })
    }
  }
  t.deepEqual(await people.connected(id), [])
})

test('N-04: of many first sign-ins at once, in two processes, one creates the account', async t => {
  const provider = await people.provider()
  const other = (await gatehouse.another()).app
  const ada = people.upstreamUser()
  const inUpperCase = { ...ada, email: ada.email.toUpperCase() }
  const all = await Promise.all([
    people.receive(provider, ada),
    people.receive(provider, inUpperCase, { app: other }),
    people.receive(provider, ada, { app: other }),
    people.receive(provider, inUpperCase),
  ])
  t.is(new Set(all.map(each => accountOf(each).id)).size, 1)
  t.deepEqual(all.map(({ outcome }) => outcome).sort(), ['new-account', 'returning', 'returning', 'returning'])
  t.deepEqual(await testAccounts.emails(ada.email), ['welcome'])

  const email = testAccounts.fresh()
  const two = await Promise.all(
    ['one', 'two'].map(sub => people.receive(provider, people.upstreamUser({ sub, email }))),
  )
  t.deepEqual(
    two.map(({ outcome }) => outcome).sort(),
    ['link-account', 'new-account'],
    'two identities with the same email',
  )
})

test('a pending registration is replaced by the owner of the email', async t => {
  const email = testAccounts.fresh()
  const squatter = { email, password: 'the squatter waits here', name: 'Mallory' }
  const { accountId } = await app.scope(() => app.registration.apply(squatter, { by: stranger() }))
  const received = await people.receive(await people.provider(), people.upstreamUser({ email }))
  t.is(received.outcome, 'new-account')
  t.not(accountOf(received).id, accountId)
  t.false(await testAccounts.signsIn(email, squatter.password))
  t.false(await testAccounts.signsInUnproven(email, squatter.password))
})

test('U-09: roles come only from the policy and the role mapping, and only existing roles are assigned', async t => {
  await app.scope(() => app.roles.create({ name: 'editor' }, { by: operator }))
  await app.scope(() => app.roles.create({ name: 'author' }, { by: operator }))
  await app.scope(() => app.roles.create({ name: 'long-gone' }, { by: operator }))
  const provider = await people.provider({
    roles: ['author', 'long-gone'],
    roleMapping: { claim: 'groups', roles: { press: ['editor', 'long-gone'] } },
  })
  await app.scope(() => app.roles.remove('long-gone', { by: operator }))
  const ada = people.upstreamUser({
    groups: ['press', 'superuser'],
    roles: ['superuser', 'admin'],
    id: '1',
    iss: 'evil',
  })
  const { id } = accountOf(await people.receive(provider, ada))
  t.deepEqual(await people.roles(id), ['author', 'editor', 'subscriber'])

  await testAccounts.with(id, account => app.assignments.unassign(account, ['author'], { by: operator }))
  await people.receive(provider, { ...ada, groups: [] })
  t.deepEqual(
    await people.roles(id),
    ['subscriber'],
    'the mapping removes its role, and the policy assigns roles only at the first sign-in',
  )
  await people.receive(provider, ada)
  t.deepEqual(await people.roles(id), ['editor', 'subscriber'])
})

test('the profile is copied once or at every sign-in, depending on the policy', async t => {
  const [once, always] = [await people.provider(), await people.provider({ profile: 'always' })]
  for (const [provider, name] of [
    [once, 'Mine'],
    [always, 'Countess'],
  ] as const) {
    const ada = people.upstreamUser({ nickname: 'Ada' })
    const { id } = accountOf(await people.receive(provider, ada))
    await testAccounts.with(id, account =>
      app.profiles.update(account, { name: 'Mine', website: 'https://ada.example' }, { by: stranger() }),
    )
    await people.receive(provider, { ...ada, name: 'Countess', nickname: undefined })
    const { name: now, profile } = await testAccounts.account(id)
    t.is(now, name)
    t.like(
      profile,
      { nickname: 'Ada', website: 'https://ada.example' },
      'claims that the provider does not send are kept',
    )
  }
})

test('upstream tokens are stored encrypted if the policy says so, and removed at the next sign-in otherwise', async t => {
  const provider = await people.provider({ keepTokens: true })
  const ada = people.upstreamUser()
  const { id } = accountOf(await people.receive(provider, ada))
  const kept = () => app.scope(async () => (await app.identityLinks.of(id))[0]!)
  t.deepEqual(app.identityLinks.tokensOf(await kept()), TOKENS)
  t.false((await kept()).sealedTokens?.includes(TOKENS.accessToken))
  await app.scope(() =>
    app.identityProviders.update(
      provider.name,
      { policy: { ...provider.policy, keepTokens: false } },
      { by: operator },
    ),
  )
  await people.receive(provider, ada)
  t.is(app.identityLinks.tokensOf(await kept()), null)
})

test('a second factor used at a trusted provider counts as a second factor', async t => {
  const provider = await people.provider({ trustedAmr: ['mfa'] })
  t.like(await people.receive(provider, people.upstreamUser({ amr: ['pwd', 'mfa'] })), { passed: 'upstreamMfa' })
  t.like(await people.receive(provider, people.upstreamUser({ amr: 'mfa' })), { passed: 'upstream' })
})

test('U-08: a suspended account, or a provider that was turned off, is refused', async t => {
  const provider = await people.provider()
  const ada = people.upstreamUser()
  const { id } = accountOf(await people.receive(provider, ada))
  await app.scope(() => app.suspension.suspend(id, { by: operator }))
  t.is(await refusal(people.receive(provider, ada)), 'suspended')
  t.deepEqual(await people.refused(id), ['suspended'])
  await app.scope(() => app.suspension.reinstate(id, { by: operator }))
  await app.scope(() => app.identityProviders.disable(provider.name, { by: operator }))
  t.is(await refusal(people.receive(provider, ada)), 'provider_off')
  t.is(await refusal(people.receive(provider, people.upstreamUser())), 'provider_off')
})

test('a provider that creates no accounts signs in linked people only', async t => {
  const provider = await people.provider({ registration: false })
  const [ada, grace] = [await makePerson(gatehouse), people.upstreamUser()]
  t.is(await refusal(people.receive(provider, grace)), 'registration_closed')
  t.is(await refusal(people.receive(provider, { sub: 'x', email: ada.email })), 'registration_closed')
  t.false(await testAccounts.exists(grace.email))
  t.like(await people.receive(provider, people.upstreamUser({ email: ada.email })), { outcome: 'link-account' })
  await people.connect(ada.id, provider, grace)
  t.like(await people.receive(provider, grace), { outcome: 'returning', account: { id: ada.id } })
})

test('a provider limited to certain domains requires a verified email there at every sign-in', async t => {
  const provider = await people.provider({ domains: ['corp.example'] })
  const ada = people.upstreamUser({ email: `${testAccounts.fresh().split('@')[0]}@corp.example` })
  t.is((await people.receive(provider, ada)).outcome, 'new-account')
  for (const changed of [
    { email: 'ada@corp.example.evil.example' },
    { email: 'ada@sub.corp.example' },
    { email_verified: false },
    { email: undefined },
  ])
    t.is(await refusal(people.receive(provider, { ...ada, ...changed })), 'domain')
  t.is(await refusal(people.receive(provider, people.upstreamUser())), 'domain')
})

test('where the policy forbids linking, a taken email is refused', async t => {
  const ada = await makePerson(gatehouse)
  const place = people.place()
  t.is(
    await refusal(
      people.receive(await people.provider({ linking: false }), people.upstreamUser({ email: ada.email }), { place }),
    ),
    'address_taken',
  )
  t.is(await app.pendingIdentities.at(place), null)
  t.deepEqual(await people.refused(ada.id), ['address-taken'])
})

test('no account is created for an email that an account can still change back to', async t => {
  const ada = await makePerson(gatehouse)
  await testAccounts.with(ada.id, account => app.verification.markVerified(account, { by: operator }))
  const next = testAccounts.fresh()
  await testAccounts.with(ada.id, account => app.emailChange.request(account, next, { by: stranger(), browser: 'b' }))
  const token = await testAccounts.token(next, 'change-email')
  await app.scope(() => app.emailChange.complete(token, { by: stranger(), browser: 'b' }))
  t.is(
    await refusal(people.receive(await people.provider(), people.upstreamUser({ email: ada.email }))),
    'address_taken',
  )
})

test('claims without a valid subject are refused', async t => {
  const provider = await people.provider()
  for (const sub of [undefined, '', {}, ['a']])
    await t.throwsAsync(people.receive(provider, { ...people.upstreamUser(), sub }), { instanceOf: InvalidInput })
})
