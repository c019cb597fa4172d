import test from 'ava'
import type { Account } from '../../src/accounts/account.ts'
import { type Actor, operator } from '../../src/base/actor.ts'
import { epoch } from '../../src/base/clock.ts'
import { SignedOut } from '../../src/base/refusals.ts'
import type { EmailKind } from '../../src/email/kinds.ts'
import { UpstreamRefused } from '../../src/lifecycle/upstream/upstream-refused.ts'
import { METHODS } from '../../src/login/assurance.ts'
import { as, Keyring } from '../credentials/keyring.ts'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { signInWithPassword } from '../support/sign-in-with-password.ts'
import { duringChange } from './concurrently.ts'
import { stranger } from './test-accounts.ts'
import { answer, UpstreamIdentities } from './upstream-identities.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h' } })
const people = new UpstreamIdentities(gatehouse)
const keyring = new Keyring(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider()
test.after.always(() => gatehouse.stop())

const signOut = (id: string) => testAccounts.with(id, account => app.signOut.of(account, { by: operator }))

type Change = (account: Account, by: { by: Actor }) => Promise<unknown>

const changes: Record<string, Change> = {
  'connects a provider': (account, by) => app.linking.connect(account, provider, answer(people.upstreamUser()), by),
  'adds a passkey': async (account, by) => {
    const { options, challengeToken } = await app.passkeys.registrationOptions(account)
    return app.factorChanges.addPasskey(account, { challengeToken, response: keyring.newKey().create(options) }, by)
  },
  'adds an authenticator app': (account, by) => {
    const { secret, proposal } = app.totps.propose(account)
    return app.factorChanges.addTotp(account, { proposal, code: new Authenticator(secret, clock).code() }, by)
  },
  'sets a password': async (account, by) => {
    await app.passwords.remove(account, by)
    await app.em.flush()
    return app.passwordChanges.add(account, 'a quite different horse', by)
  },
  'changes the password': (account, by) =>
    app.passwordChanges.change(account, { current: PASSWORD, next: 'a quite different horse', endOthers: false }, by),
  'requests an email change': (account, by) => app.emailChange.request(account, testAccounts.fresh(), by),
}

for (const [what, change] of Object.entries(changes)) {
  test.serial(
    `U-02/S-06: a person who ${what} while being signed out is refused, and succeeds after signing in again`,
    async t => {
      const { id } = await makePerson(gatehouse)
      const signedInAt = epoch(clock.now())
      clock.advance(2)
      const attempt = (account: Account, moment: number) =>
        change(account, { by: { ...as(account).by, signedInAt: moment } })
      const late = testAccounts.with(id, async account => {
        await signOut(id)
        return attempt(account, signedInAt)
      })
      await t.throwsAsync(late, { instanceOf: SignedOut })
      t.deepEqual(await people.connected(id), [])
      t.false((await testAccounts.with(id, account => app.secondFactors.of(account))).any)
      const done = [
        'identity.linked',
        'password.set',
        'email.change-requested',
        'factor.passkey-added',
        'factor.totp-added',
      ]
      const before = await testAccounts.history(id)
      await t.notThrowsAsync(testAccounts.with(id, account => attempt(account, epoch(clock.now()))))
      const after = await testAccounts.history(id)
      const count = (kinds: string[]) => kinds.filter(kind => done.includes(kind)).length
      t.is(count(after), count(before) + 1, JSON.stringify(after))
    },
  )
}

test('U-02/S-06: a linked identity that is removed during its sign-in does not sign in to the account', async t => {
  const ada = await makePerson(gatehouse)
  const upstreamUser = people.upstreamUser()
  const { id: link } = await people.connect(ada.id, provider, upstreamUser)
  const received = await duringChange(gatehouse, ada.id, {
    done: account => app.linking.disconnect(account, link, { by: operator }),
    begun: () => people.receive(provider, upstreamUser),
  })
  t.like(received, { status: 'fulfilled', value: { outcome: 'new-account' } }, 'the identity is treated as unknown')
  t.deepEqual(await people.connected(ada.id), [])
  t.false((await testAccounts.history(ada.id)).includes('sign-in.succeeded'))
})

test('U-02/S-06: a linked identity does not sign in to an account that is suspended or erased during the sign-in', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [hers, theirs] = [people.upstreamUser(), people.upstreamUser()]
  await people.connect(ada.id, provider, hers)
  await people.connect(grace.id, provider, theirs)
  const suspended = await duringChange(gatehouse, ada.id, {
    done: () => app.suspension.suspend(ada.id, { by: operator }),
    begun: () => people.receive(provider, hers),
  })
  t.true(suspended.status === 'rejected' && suspended.reason instanceof UpstreamRefused)
  t.deepEqual(await people.refused(ada.id), ['suspended'])
  const erased = await duringChange(gatehouse, grace.id, {
    done: account => app.erasure.of(account, { by: operator }),
    begun: () => people.receive(provider, theirs),
  })
  t.like(erased, { status: 'fulfilled', value: { outcome: 'new-account' } })
})

test.serial('S-06: a sign-in that began before a sign-out everywhere or a suspension is not completed', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const begun = clock.now().getTime()
  clock.advance(1)
  const finish = (id: string, before: () => Promise<unknown>, since: { begun?: number }) =>
    testAccounts.with(id, async account => {
      const signIn = await app.pendingSignIns.begin(account, [METHODS.upstream], since)
      await before()
      await app.pendingSignIns.requireValid(signIn)
    })
  await t.throwsAsync(
    finish(ada.id, () => signOut(ada.id), { begun }),
    { instanceOf: SignedOut },
  )
  await t.notThrowsAsync(finish(ada.id, async () => {}, {}))
  const suspend = () => app.scope(() => app.suspension.suspend(grace.id, { by: operator }))
  await t.throwsAsync(finish(grace.id, suspend, {}), { instanceOf: SignedOut })
})

test('F-25: an email link waits for a concurrent change of the account, and uses its result', async t => {
  const browser = 'the browser of the request'
  const by = stranger()
  const rename = async (account: Account) => {
    account.name = 'Renamed'
  }
  const nameIn = async (email: string, kind: EmailKind) =>
    (await queuedEmails(gatehouse, email, kind)).map(({ data }) => data.name)

  const [grace, ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse), await makePerson(gatehouse)]
  await testAccounts.with(grace.id, account => app.verification.send(account, { by, browser }))
  const verify = await testAccounts.token(grace.email, 'verify-email')
  const begun = () => app.scope(() => app.verification.complete(verify, { by, browser }))
  t.like(await duringChange(gatehouse, grace.id, { done: rename, begun }), { status: 'fulfilled' })
  t.deepEqual(await nameIn(grace.email, 'welcome'), ['Renamed'])

  const to = testAccounts.fresh()
  await testAccounts.with(ada.id, account => app.emailChange.request(account, to, { by, browser }))
  const move = await testAccounts.token(to, 'change-email')
  const moved = await duringChange(gatehouse, ada.id, {
    done: async account => account.markEmailVerified(),
    begun: () => app.scope(() => app.emailChange.complete(move, { by, browser })),
  })
  t.like(moved, { status: 'fulfilled' })
  t.true(
    (await testAccounts.emails(ada.email)).includes('email-changed'),
    'a verified address gets a link to undo the change',
  )

  await testAccounts.with(bob.id, account => app.verification.markVerified(account, { by: operator }))
  await keyring.add(bob.id, keyring.newKey())
  await testAccounts.with(bob.id, account => app.factorLoss.report(account, { by, browser }))
  const reset = await testAccounts.token(bob.email, 'factor-reset-proof')
  const lost = () => app.scope(() => app.factorLoss.confirm(reset, { by, browser }))
  t.like(await duringChange(gatehouse, bob.id, { done: rename, begun: lost }), { status: 'fulfilled' })
  t.deepEqual(await nameIn(bob.email, 'factor-reset-scheduled'), ['Renamed'])
})

test('F-25: emails to unverified addresses never contain a name', async t => {
  const prize = 'YouHaveWonOurPrize'
  const ada = await makePerson(gatehouse, { name: prize })
  const signIn = () =>
    app.scope(() => signInWithPassword(app, { email: ada.email, password: PASSWORD }, { by: stranger() }))
  await signIn()
  await signIn()
  await testAccounts.with(ada.id, account => changes['adds a passkey']!(account, as(account)))
  await testAccounts.with(ada.id, account => app.deletion.schedule(account, { by: stranger() }))
  t.deepEqual(await testAccounts.emails(ada.email), ['new-device', 'factor-changed', 'deletion-scheduled'])
  for (const { kind, data } of await queuedEmails(gatehouse, ada.email))
    t.false(JSON.stringify(data).includes(prize), kind)
  await testAccounts.with(ada.id, account => app.verification.markVerified(account, { by: operator }))
  t.is((await queuedEmails(gatehouse, ada.email, 'welcome'))[0]?.data.name, prize)
})
