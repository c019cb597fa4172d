import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, NotFound } from '../../src/base/refusals.ts'
import { METHODS } from '../../src/login/assurance.ts'
import { as, Keyring } from '../credentials/keyring.ts'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities, type UpstreamUser } from './upstream-identities.ts'

const gatehouse = await startGatehouse({ env: { EMAIL_LIMIT_IP: '1000/1h' } })
const people = new UpstreamIdentities(gatehouse)
const keyring = new Keyring(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider({ trustedAmr: ['mfa'] })
test.after.always(() => gatehouse.stop())

/** The owner of an email signs in with a provider, after someone else registered an account with that email. */
async function owner(email: string, claims: Partial<UpstreamUser> = {}) {
  const place = people.place()
  const ada = people.upstreamUser({ email, name: 'Ada', given_name: 'Ada', ...claims })
  const received = await people.receive(provider, ada, { place })
  return { place, ada, takeoverAllowed: received.outcome === 'link-account' && received.pending.takeoverAllowed }
}

test('U-02: the password, sessions, tokens and consents of the person who registered the account in advance are removed', async t => {
  const mallory = await makePerson(gatehouse, { name: 'Mallory' })
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(mallory)
  const { place, ada, takeoverAllowed } = await owner(mallory.email)
  t.true(takeoverAllowed)
  const { account, passed } = await people.takeOver(place)
  t.is(account.id, mallory.id)
  t.is(passed, 'upstream')

  t.false(await testAccounts.signsIn(mallory.email, PASSWORD))
  t.false(await testAccounts.with(account.id, each => app.passwords.has(each)))
  t.deepEqual(await app.sessions.of(account.id), [])
  t.deepEqual(await app.grants.of(account.id), [])
  t.is(await app.scope(() => app.consents.find(account.id, rp.id)), null)
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, account.id))
  await browser.open((await rp.begin()).url.href)
  t.not(browser.field('password'), undefined, 'the browser is no longer signed in')
  t.like(await people.receive(provider, ada), {
    outcome: 'returning',
    account: { id: account.id, emailVerified: true },
  })
})

test('U-02: a takeover removes passkeys, the authenticator app, recovery codes, known browsers and linked identities', async t => {
  const mallory = await makePerson(gatehouse, { name: 'Mallory' })
  const key = keyring.newKey()
  await keyring.add(mallory.id, key)
  const elsewhere = await people.provider()
  const theirs = people.upstreamUser()
  await people.connect(mallory.id, elsewhere, theirs)
  await testAccounts.with(mallory.id, async account => {
    const { proposal, secret } = app.totps.propose(account)
    await app.factorChanges.addTotp(
      account,
      { proposal, code: new Authenticator(secret, app.clock).code() },
      as(account),
    )
    await app.recoveryCodes.make(account, as(account))
    const kept = await app.completedSignIns.rememberBrowser(account, [])
    const until = new Date(app.clock.now().getTime() + 1e9)
    await app.knownBrowsers.trust((await app.knownBrowsers.find(account, kept))!, { until, ...as(account) })
  })
  const { place } = await owner(mallory.email)
  await people.takeOver(place)

  const remaining = await testAccounts.with(mallory.id, async account => ({
    factors: await app.secondFactors.of(account),
    devices: (await app.knownBrowsers.of(account)).length,
  }))
  t.deepEqual(remaining, { factors: { totp: false, passkeys: 0, recoveryCodes: 0, any: false }, devices: 0 })
  await t.throwsAsync(keyring.signIn(key))
  const again = await people.receive(elsewhere, theirs)
  t.is(again.outcome, 'new-account', 'the identity that was linked gets an account of its own')
  t.not('account' in again && again.account.id, mallory.id)
})

test('U-02: a takeover cancels email links, a pending email change, a scheduled deletion and a sign-in in progress', async t => {
  const mallory = await makePerson(gatehouse, { name: 'Mallory' })
  const theirs = testAccounts.fresh('mallory')
  const here = { interaction: people.place(), browser: 'of mallory' }
  await app.scope(() => app.passwordReset.request(mallory.email, { by: stranger() }))
  await app.scope(() => app.signInEmails.request(mallory.email, here, { by: stranger() }))
  await testAccounts.with(mallory.id, async account => {
    await app.verification.send(account, { by: stranger(), browser: 'of mallory' })
    await app.emailChange.request(account, theirs, { by: stranger(), browser: 'of mallory' })
    await app.deletion.schedule(account, { by: stranger() })
    await app.awaitingVerification.keep(here.interaction, {
      accountId: account.id,
      email: account.email,
      method: METHODS.password,
    })
    await app.pendingSignIns.keep(here, await app.pendingSignIns.begin(account, [METHODS.password]))
  })
  const { place } = await owner(mallory.email)
  await people.takeOver(place)

  const [recovery, change, verify, signIn] = [
    await testAccounts.token(mallory.email, 'reset-password'),
    await testAccounts.token(theirs, 'change-email'),
    await testAccounts.token(mallory.email, 'verify-email'),
    await testAccounts.token(mallory.email, 'sign-in'),
  ]
  const browser = 'of mallory'
  await app.scope(async () => {
    t.is(await app.links.holder('reset-password', recovery), null)
    t.is(await app.emailChange.look(change, { browser }), null)
    t.is(await app.verification.look(verify, { browser }), null)
    t.is(await app.emailSignIn.look(here, signIn), null)
    t.is(await app.awaitingVerification.resume(here.interaction), null)
    t.is(await app.pendingSignIns.find(here), null)
  })
  t.like(await testAccounts.account(mallory.id), { email: mallory.email, deletionDue: null })
})

test('a takeover gives the account the profile and name of its owner and a verified email, and is recorded', async t => {
  await app.scope(() => app.roles.create({ name: 'member' }, { by: operator }))
  const mallory = await makePerson(gatehouse, { name: 'Mallory', roles: ['member'] })
  await testAccounts.with(mallory.id, account =>
    app.profiles.update(
      account,
      { nickname: 'Mal', website: 'https://mallory.example', locale: 'ru' },
      { by: stranger() },
    ),
  )
  const { place } = await owner(mallory.email, { amr: ['mfa'] })
  t.is((await people.takeOver(place)).passed, 'upstreamMfa')
  const account = await testAccounts.account(mallory.id)
  t.like(account, { name: 'Ada', emailVerified: true })
  t.deepEqual({ ...account.profile }, { given_name: 'Ada', locale: 'en' })
  t.deepEqual(await people.roles(mallory.id), ['member', 'subscriber'], 'roles that operators assigned stay')
  t.true((await testAccounts.history(mallory.id)).includes('account.taken-over'))
  const [sent] = await queuedEmails(gatehouse, mallory.email, 'factor-changed')
  t.like(sent?.data, { change: 'account-taken-over', provider: provider.title, name: 'Ada' })
})

test('an account with a verified email, an administrator or a suspended account cannot be taken over', async t => {
  const [verified, superuser, admin, suspended] = [
    await makePerson(gatehouse),
    await makePerson(gatehouse, { roles: ['superuser'] }),
    await makePerson(gatehouse, { roles: ['admin'] }),
    await makePerson(gatehouse),
  ]
  await testAccounts.with(verified.id, account => app.verification.markVerified(account, { by: operator }))
  await app.scope(() => app.suspension.suspend(suspended.id, { by: operator }))
  for (const { email, id } of [verified, superuser, admin, suspended]) {
    const { place, takeoverAllowed } = await owner(email)
    t.false(takeoverAllowed)
    await t.throwsAsync(people.takeOver(place), { instanceOf: Forbidden })
    t.deepEqual(await people.connected(id), [])
    t.true(await testAccounts.with(id, account => app.passwords.has(account)))
  }
})

test('a takeover is refused if the account was verified or promoted after the page was shown', async t => {
  const [verified, promoted] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const at = [await owner(verified.email), await owner(promoted.email)]
  t.true(at.every(({ takeoverAllowed }) => takeoverAllowed))
  await testAccounts.with(verified.id, account => app.verification.markVerified(account, { by: operator }))
  await testAccounts.with(promoted.id, account => app.assignments.assign(account, ['superuser'], { by: operator }))
  for (const { place } of at) await t.throwsAsync(people.takeOver(place), { instanceOf: Forbidden })
  t.true(await testAccounts.signsIn(verified.email, PASSWORD))
  t.true(await testAccounts.signsIn(promoted.email, PASSWORD))
})

test('U-08: a takeover is refused if the provider was turned off or there is no pending identity', async t => {
  const closing = await people.provider()
  const mallory = await makePerson(gatehouse)
  const place = people.place()
  await people.receive(closing, people.upstreamUser({ email: mallory.email }), { place })
  await app.scope(() => app.identityProviders.disable(closing.name, { by: operator }))
  for (const each of [place, people.place()]) await t.throwsAsync(people.takeOver(each), { instanceOf: NotFound })
  t.true(await testAccounts.signsIn(mallory.email, PASSWORD))
})

test('N-04: of many requests at once, in two processes, one takes the account over', async t => {
  const other = await gatehouse.another()
  const mallory = await makePerson(gatehouse)
  const { place, ada } = await owner(mallory.email)
  const results = await Promise.allSettled(
    [gatehouse, other, gatehouse, other].map(each => people.takeOver(place, each)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.deepEqual(await people.connected(mallory.id), [ada.sub])
  t.is((await queuedEmails(gatehouse, mallory.email, 'factor-changed')).length, 1)
})
