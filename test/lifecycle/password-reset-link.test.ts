import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput, NotFound, WrongCredentials } from '../../src/base/refusals.ts'
import { addApp } from '../support/authenticator-app.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const NEW = 'a quite different horse'
const by = { kind: 'visitor', id: null, ip: '192.0.2.1', userAgent: 'test' } as const
const link = async (id: string) => (await app.scope(() => app.passwordReset.link(id, { by: operator }))).token
const complete = (token: string, password = NEW, { scope, passwordReset: recovery } = app) =>
  scope(() => recovery.complete(token, password, { by }))
const signIn = (email: string, password: string) =>
  app.scope(() => app.signIn.withPassword({ email, password }, { by }))

test('the link sets a new password, and the old one stops working', async t => {
  const ada = await makePerson(gatehouse)
  const token = await link(ada.email)
  t.is((await app.scope(() => app.links.holder('reset-password', token)))?.id, ada.id)
  await complete(token)
  t.is((await signIn(ada.email, NEW)).account.id, ada.id)
  await t.throwsAsync(signIn(ada.email, PASSWORD), { instanceOf: WrongCredentials })
  const kinds = (await app.scope(() => app.audit.of(ada.id))).map(event => `${event.kind} by ${event.actorKind}`)
  t.deepEqual(kinds.slice(1, 4), [
    'sessions.revoked by account',
    'password.set by account',
    'password-reset.link-created by operator',
  ])
})

test('P-02: of many requests at once, in two processes, one uses the link', async t => {
  const other = (await gatehouse.another()).app
  const ada = await makePerson(gatehouse)
  const token = await link(ada.id)
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => complete(token, `${NEW} ${i}`, i % 2 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    t.true(result.status === 'fulfilled' || result.reason instanceof Forbidden, JSON.stringify(result))
  }
  const winner = results.findIndex(({ status }) => status === 'fulfilled')
  t.is((await signIn(ada.email, `${NEW} ${winner}`)).account.id, ada.id)
  t.is(await app.scope(() => app.links.holder('reset-password', token)), null)
})

test('P-02: a newer link replaces the older one of the same account only', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [hers, older, newer] = [await link(grace.id), await link(ada.id), await link(ada.id)]
  await t.throwsAsync(complete(older), { instanceOf: Forbidden })
  t.is((await complete(hers)).id, grace.id)
  t.is((await complete(newer)).id, ada.id)
})

test('an invalid form does not use up the link', async t => {
  const ada = await makePerson(gatehouse)
  const token = await link(ada.id)
  for (const [password, problem] of [
    ['short', 'too-short'],
    ['password1', 'common'],
    [ada.email, 'like-email'],
  ] as const) {
    const refusal = await t.throwsAsync(complete(token, password), { instanceOf: InvalidInput })
    t.deepEqual(refusal?.fields, { password: problem })
  }
  t.is((await signIn(ada.email, PASSWORD)).account.id, ada.id)
  await t.notThrowsAsync(complete(token))
})

test('P-04: the link ends every session and every token', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)
  t.is((await app.sessions.of(ada.id)).length, 1)

  await complete(await link(ada.id))

  t.deepEqual(await app.sessions.of(ada.id), [])
  t.deepEqual(await app.grants.of(ada.id), [])
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await browser.open((await rp.begin()).url.href)
  t.not(browser.field('email'), undefined)
})

test('an unknown account gets no link, and a setup link or a guess sets no password', async t => {
  await t.throwsAsync(link('nobody@example.org'), { instanceOf: NotFound })
  const token = await app.scope(() => app.setup.link())
  for (const wrong of [token!, '', 'guess']) await t.throwsAsync(complete(wrong), { instanceOf: Forbidden })
})

test('a password reset does not lift a suspension', async t => {
  const ada = await makePerson(gatehouse)
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  await complete(await link(ada.id))
  await t.throwsAsync(signIn(ada.email, NEW), { instanceOf: WrongCredentials })
})

test.serial('P-02: the link expires after an hour', async t => {
  const ada = await makePerson(gatehouse)
  const token = await link(ada.id)
  clock.advance(60 * 60)
  t.teardown(() => clock.advance(-60 * 60))
  t.is(await app.scope(() => app.links.holder('reset-password', token)), null)
  await t.throwsAsync(complete(token), { instanceOf: Forbidden })
})

test('U-02: a password reset does not verify the email of an account with a second factor', async t => {
  const squatted = await makePerson(gatehouse)
  const plain = await makePerson(gatehouse)
  await addApp(gatehouse, squatted.id)
  for (const { email } of [squatted, plain]) {
    await app.scope(() => app.passwordReset.request(email, { by }))
    await complete(
      /\/reset-password\/([\w-]+)/.exec(
        (await queuedEmails(gatehouse, email, 'reset-password')).at(-1)!.data.link!,
      )![1]!,
    )
  }
  const verified = (id: string) => app.scope(async () => (await app.accounts.find(id)).emailVerified)
  t.deepEqual([await verified(squatted.id), await verified(plain.id)], [false, true])
})

test('U-02: a password reset removes all linked identities of an unverified account, whatever factors it has', async t => {
  const people = new UpstreamIdentities(gatehouse)
  const [squatted, proven] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const provider = await people.provider()
  await people.testAccounts.with(proven.id, async account => {
    account.markEmailVerified()
    await app.accounts.flush()
  })
  for (const { id, email } of [squatted, proven]) {
    await addApp(gatehouse, id)
    await people.connect(id, provider, people.upstreamUser())
    await app.scope(() => app.passwordReset.request(email, { by: stranger() }))
    await complete(await people.testAccounts.token(email, 'reset-password'))
  }
  t.deepEqual(await people.connected(squatted.id), [])
  t.true((await people.testAccounts.history(squatted.id)).includes('identities.unlinked'))
  t.false((await people.testAccounts.account(squatted.id)).emailVerified)
  t.is((await people.connected(proven.id)).length, 1)
})
