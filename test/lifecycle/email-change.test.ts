import test from 'ava'
import { Conflict, Forbidden, InvalidInput, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import type { OwnerProof } from '../../src/lifecycle/email-change/former-owner.ts'
import { Keyring } from '../credentials/keyring.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD, type Person } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h' } })
const testAccounts = new TestAccounts(gatehouse)
const keyring = new Keyring(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const HERE = 'the browser of the request'

/** A person with a verified email. */
async function person(): Promise<Person> {
  const made = await makePerson(gatehouse)
  await testAccounts.with(made.id, async account => {
    account.markEmailVerified()
    await app.em.flush()
  })
  return made
}

const request = (id: string, to: string, browser: string | null = HERE) =>
  testAccounts.with(id, account => app.emailChange.request(account, to, { by: stranger(), browser }))
const complete = (token: string, proof: { browser?: string; password?: string } = { browser: HERE }) =>
  app.scope(() => app.emailChange.complete(token, { by: stranger(), ...proof }))
const restore = (token: string, proof: OwnerProof) =>
  app.scope(() => app.emailChangeUndo.complete(token, proof, { by: stranger() }))
const undo = (token: string) => restore(token, { method: 'password', password: PASSWORD })
const lookUndo = (token: string) => app.scope(() => app.emailChangeUndo.look(token, { browser: HERE }))

/** Changes the email. @returns the token of the undo link */
async function move(id: string, to: string): Promise<string> {
  const { email } = await testAccounts.account(id)
  await request(id, to)
  await complete(await testAccounts.token(to, 'change-email'))
  return testAccounts.token(email, 'email-changed')
}

test('the email changes once the new address is verified, and the old address is notified', async t => {
  const ada = await person()
  const to = testAccounts.fresh('ada')
  await request(ada.id, to)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
  t.deepEqual(await testAccounts.emails(to), ['change-email'])
  await complete(await testAccounts.token(to, 'change-email'))
  t.like(await testAccounts.account(ada.id), { email: to, emailVerified: true })
  t.deepEqual(await testAccounts.emails(ada.email), ['email-changed'])
  t.true(await testAccounts.signsIn(to, PASSWORD))
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
  t.is((await testAccounts.history(ada.id)).filter(kind => kind.startsWith('email.change-')).length, 1)
})

test('the link changes the email without JavaScript, and asks for the password in another browser', async t => {
  const ada = await person()
  const to = testAccounts.fresh('ada')
  await request(ada.id, to)
  const link = await testAccounts.link(to, 'change-email')
  const browser = await new Browser(url).open(link)
  t.is(browser.heading, 'Use this address?')
  t.false(browser.text.includes(ada.email), 'the page does not reveal the old address')
  await browser.submit({ password: 'wrong' })
  t.is(browser.page.status, 401)
  await browser.submit({ password: PASSWORD })
  t.is(browser.heading, 'Your address has changed')
  await browser.open(link)
  t.is(browser.heading, 'Your address has changed', 'F-13: opened again, the link shows the current state')
})

test('U-02: the owner of an address does not verify it for another account by opening the link', async t => {
  const [mallory, victim] = [await person(), testAccounts.fresh('victim')]
  await request(mallory.id, victim)
  const token = await testAccounts.token(victim, 'change-email')
  await t.throwsAsync(complete(token, { browser: 'the victim’s', password: '' }), { instanceOf: WrongCredentials })
  await t.throwsAsync(complete(token, {}), { instanceOf: WrongCredentials })
  t.is((await testAccounts.account(mallory.id)).email, mallory.email)
})

test('F-21: only the owner of a taken address learns that it is taken, and older links stop working as for a free one', async t => {
  const [ada, grace] = [await person(), await person()]
  for (const address of [grace.email, testAccounts.fresh()]) {
    const before = testAccounts.fresh('before')
    await request(ada.id, before)
    const old = await testAccounts.token(before, 'change-email')
    t.is(await request(ada.id, address), undefined)
    await t.throwsAsync(complete(old), { instanceOf: Forbidden }, address)
  }
  t.deepEqual(await testAccounts.emails(grace.email), ['email-taken'])
  await t.throwsAsync(request(ada.id, ada.email), { instanceOf: InvalidInput })
  await t.throwsAsync(request(ada.id, 'no address'), { instanceOf: InvalidInput })
})

test('the change is refused if another account has the address by the time it is verified', async t => {
  const ada = await person()
  const to = testAccounts.fresh()
  await request(ada.id, to)
  await app.scope(() => app.registration.create({ email: to }, { by: stranger() }))
  const token = await testAccounts.token(to, 'change-email')
  await t.throwsAsync(complete(token), { instanceOf: Conflict })
  const browser = await new Browser(url).open(`${url}/change-email/${token}`)
  await browser.submit({ password: PASSWORD })
  t.is(browser.page.status, 409)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
})

test('N-04: of two accounts that change to one address at once, in two processes, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const people = [await person(), await person()]
  const to = testAccounts.fresh()
  for (const { id } of people) await request(id, to)
  const emails = await Promise.all(people.map(({ id }) => unspent('change-email', id)))
  t.deepEqual(
    emails.map(({ length }) => length),
    [1, 1],
  )
  const tokens = await testAccounts.tokens(to, 'change-email')
  const results = await Promise.allSettled(
    tokens.map((token, i) => {
      const { scope, emailChange } = i ? app : other
      return scope(() => emailChange.complete(token, { by: stranger(), browser: HERE }))
    }),
  )
  t.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.is(results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))[0].status, 409)
})

const INVALIDATIONS: Record<string, (ada: Person, token: string, to: string) => Promise<unknown>> = {
  'it was already used': (_, token) => complete(token),
  'a newer one was requested': ({ id }) => request(id, testAccounts.fresh()),
  'the password was changed': ({ id }) =>
    testAccounts.with(id, account =>
      app.passwordChanges.change(
        account,
        { current: PASSWORD, next: 'another horse by far', endOthers: false },
        { by: stranger() },
      ),
    ),
  'the email was changed to another address': async ({ id }) => move(id, testAccounts.fresh()),
  'an email change was undone': async ({ id }) => undo(await move(id, testAccounts.fresh())),
}

for (const [why, invalidate] of Object.entries(INVALIDATIONS)) {
  test(`P-02: the link to a new address is refused if ${why}`, async t => {
    const ada = await person()
    const to = testAccounts.fresh()
    await request(ada.id, to)
    const token = await testAccounts.token(to, 'change-email')
    await invalidate(ada, token, to)
    const { email } = await testAccounts.account(ada.id)
    t.is(await app.scope(() => app.emailChange.look(token)), null)
    await t.throwsAsync(complete(token), { instanceOf: Forbidden })
    t.is((await testAccounts.account(ada.id)).email, email)
  })
}

test('undoing the change restores the old email and locks the account', async t => {
  const ada = await person()
  const to = testAccounts.fresh('thief')
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  const undoToken = await move(ada.id, to)
  await testAccounts.with(ada.id, account => app.deletion.schedule(account, { by: stranger(), exceptSession: 'none' }))

  const browser = await new Browser(url).open(`${url}/undo-email-change/${undoToken}`)
  t.is(browser.heading, 'Go back to your old email?')
  t.is((await testAccounts.account(ada.id)).email, to, 'opening the link changes nothing')
  await browser.submit({ password: PASSWORD })
  t.is(browser.heading, 'Your old address is back')
  await browser.open(browser.page.url)
  t.is(browser.heading, 'Your old address is back', 'reloading shows the same page')

  t.like(await testAccounts.account(ada.id), { email: ada.email, emailVerified: true, deletionDue: null })
  t.false(await testAccounts.signsIn(to, PASSWORD))
  t.false(await testAccounts.signsIn(ada.email, PASSWORD), 'the password was removed, since the thief may know it')
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.is((await testAccounts.emails(ada.email)).at(-1), 'reset-password')
  const token = await testAccounts.token(ada.email, 'reset-password')
  await app.scope(() => app.passwordReset.complete(token, 'mine again, only mine', { by: stranger() }))
  t.true(await testAccounts.signsIn(ada.email, 'mine again, only mine'))
  await t.throwsAsync(undo(undoToken), { instanceOf: Forbidden })
})

/** The audit events about undoing email changes, newest first. */
const undoEvents = async (id: string) =>
  (await app.scope(() => app.audit.of(id)))
    .filter(({ kind }) => kind === 'email.change-undone' || kind.startsWith('email.undo-'))
    .map(({ kind, reason }) => [kind, reason ?? null])

/** The code in the newest email that has one. */
async function emailed(to: string): Promise<string> {
  return (await queuedEmails(gatehouse, to, 'undo-email-change-code')).at(-1)!.data.code!
}

test('F-20: an undo link also requires the password that the account had before the change', async t => {
  const ada = await person()
  const to = testAccounts.fresh('thief')
  const undoToken = await move(ada.id, to)
  const browser = await new Browser(url).open(`${url}/undo-email-change/${undoToken}`)
  await browser.submit({ password: '' })
  t.is(browser.page.status, 401)
  await browser.submit({ password: 'a guess of mine' })
  t.is(browser.page.status, 401)
  t.true(browser.text.includes('Wrong password'))
  t.is((await testAccounts.account(ada.id)).email, to)
  await browser.open(browser.page.url)
  t.is(browser.page.status, 200)
  await browser.submit({ password: PASSWORD })
  t.is(browser.heading, 'Your old address is back')
  t.is((await testAccounts.account(ada.id)).email, ada.email)
  t.deepEqual(await undoEvents(ada.id), [
    ['email.change-undone', 'password'],
    ['email.undo-refused', 'wrong-password'],
    ['email.undo-refused', 'wrong-password'],
  ])
})

test('F-20: attempts at an undo link are limited, separately from those at the sign-in page', async t => {
  const ada = await person()
  const undoToken = await move(ada.id, testAccounts.fresh())
  const guess = () => restore(undoToken, { method: 'password', password: 'a guess of mine' })
  const refused = async () => {
    for (let i = 0; i < 30; i++) {
      const error: unknown = await guess().catch(reason => reason)
      if (error instanceof TooManyAttempts) return i
    }
    return null
  }
  t.true((await refused())! >= 5)
  await t.throwsAsync(undo(undoToken), { instanceOf: TooManyAttempts }, 'even the right password is refused')
  const browser = await new Browser(url).open(`${url}/undo-email-change/${undoToken}`)
  await browser.submit({ password: PASSWORD })
  t.is(browser.page.status, 429)
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
  t.true(await testAccounts.signsIn((await testAccounts.account(ada.id)).email, PASSWORD))
})

test('F-20: the original password undoes an email change even if a thief changed the password before and after it', async t => {
  const ada = await person()
  const change = (current: string, next: string) =>
    testAccounts.with(ada.id, account =>
      app.passwordChanges.change(account, { current, next, endOthers: false }, { by: stranger() }),
    )
  const before = ['the first one of the thief', 'the next one of the thief', 'one more of the thief']
  for (const [i, next] of before.entries()) await change(before[i - 1] ?? PASSWORD, next)
  const undoToken = await move(ada.id, testAccounts.fresh('thief'))
  await change(before.at(-1)!, 'the thief’s after the change')
  await t.throwsAsync(restore(undoToken, { method: 'password', password: 'the thief’s after the change' }), {
    instanceOf: WrongCredentials,
  })
  await undo(undoToken)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
})

test.serial(
  'F-20: second factors added before the email change can undo it, and those added afterwards cannot',
  async t => {
    const [ada, key, thiefKey] = [await person(), keyring.newKey(), keyring.newKey()]
    await keyring.add(ada.id, key)
    const undoToken = await move(ada.id, testAccounts.fresh('thief'))
    await keyring.add(ada.id, thiefKey)
    const { authenticator } = await addApp(gatehouse, ada.id)
    clock.advance(60)
    const offered = (await lookUndo(undoToken))!
    t.like(offered, { password: true, totp: false })
    t.deepEqual(
      offered.passkey?.options.allowCredentials?.map(({ id }) => id),
      [key.id],
    )
    await t.throwsAsync(restore(undoToken, { method: 'totp', code: authenticator.code() }), {
      instanceOf: WrongCredentials,
    })
    const usePasskey = async (shown: typeof key) => {
      const { options, challengeToken } = (await lookUndo(undoToken))!.passkey!
      return restore(undoToken, { method: 'passkey', challengeToken, response: JSON.stringify(shown.get(options)) })
    }
    await t.throwsAsync(usePasskey(thiefKey), { instanceOf: WrongCredentials })
    await usePasskey(key)
    t.is((await testAccounts.account(ada.id)).email, ada.email)
    t.deepEqual(await undoEvents(ada.id), [
      ['email.change-undone', 'passkey'],
      ['email.undo-refused', 'wrong-passkey'],
      ['email.undo-refused', 'wrong-totp'],
    ])
  },
)

test.serial('F-20: an authenticator app added before the email change can undo it, without JavaScript', async t => {
  const ada = await person()
  const { authenticator } = await addApp(gatehouse, ada.id)
  const undoToken = await move(ada.id, testAccounts.fresh('thief'))
  clock.advance(60)
  const browser = await new Browser(url).open(`${url}/undo-email-change/${undoToken}`)
  await browser.submit({ code: '000000' })
  t.is(browser.page.status, 401)
  await browser.submit({ code: authenticator.code() })
  t.is(browser.heading, 'Your old address is back')
})

test.serial(
  'F-20: without a password or second factor, an emailed code undoes it, only in the browser that requested the code',
  async t => {
    const ada = await person()
    await keyring.add(ada.id, keyring.newKey())
    await testAccounts.with(ada.id, account => app.passwordChanges.remove(account, { by: stranger() }))
    clock.advance(8 * 24 * 60 * 60)
    const [passkey] = await keyring.of(ada.id)
    const undoToken = await move(ada.id, testAccounts.fresh('thief'))
    await testAccounts.with(ada.id, account => app.passkeys.remove(account, passkey!.id, { by: stranger() }))
    t.like(await lookUndo(undoToken), { password: false, totp: false, passkey: null, codeSent: false })

    const [owner, thief] = [new Browser(url), new Browser(url)]
    for (const browser of [owner, thief]) {
      await browser.open(`${url}/undo-email-change/${undoToken}`)
      t.is(browser.field('password'), undefined)
      await browser.submit()
      t.is(browser.page.status, 200, 'the form redirects to a page that can be reloaded')
      t.true(browser.page.url.endsWith(undoToken))
    }
    const codes = (await queuedEmails(gatehouse, ada.email, 'undo-email-change-code')).map(({ data }) => data.code!)
    t.is(codes.length, 2)
    await thief.submit({ 'email-code': codes[0]! })
    t.is(thief.page.status, 401, 'another browser requested this code')
    await owner.submit({ 'email-code': 'ABCD-EFGH' })
    t.is(owner.page.status, 401)
    await owner.submit({ 'email-code': codes[0]!.toLowerCase().replace('-', ' ') })
    t.is(owner.heading, 'Your old address is back')
    t.is((await testAccounts.account(ada.id)).email, ada.email)
    t.deepEqual((await undoEvents(ada.id))[0], ['email.change-undone', 'email-code'])
  },
)

test.serial(
  'F-20: an emailed code works for fifteen minutes and five attempts, and the number of emails is limited',
  async t => {
    const ada = await person()
    const undoToken = await move(ada.id, testAccounts.fresh('thief'))
    const browser = await new Browser(url).open(`${url}/undo-email-change/${undoToken}`)
    const form = async (fields: Record<string, string>) => {
      const body = new URLSearchParams({ csrf: browser.field('csrf')!, ...fields })
      return browser.open(`${url}/undo-email-change/${undoToken}`, { method: 'POST', body, headers: { origin: url } })
    }
    await form({})
    t.is(browser.page.status, 200)
    clock.advance(15 * 60 + 1)
    await form({ 'email-code': await emailed(ada.email) })
    t.is(browser.page.status, 401)

    await form({})
    for (let i = 0; i < 5; i++) await form({ 'email-code': 'ABCD-EFGH' })
    await form({ 'email-code': await emailed(ada.email) })
    t.is(browser.page.status, 401, 'after five wrong attempts the right code is refused too')

    for (let i = 0; i < 5 && browser.page.status !== 429; i++) await form({})
    t.is(browser.page.status, 429)
    t.true(browser.text.includes('Too many emails'))
    await form({ password: PASSWORD })
    t.is(browser.heading, 'Your old address is back', 'the password still works')
  },
)

test.serial('F-20: a former password is listed in the export, and deleted after two weeks', async t => {
  const ada = await person()
  const kept = () => app.em.fork().execute('select 1 from former_password where account_id = ?', [ada.id])
  await testAccounts.with(ada.id, account =>
    app.passwordChanges.change(
      account,
      { current: PASSWORD, next: 'another horse by far', endOthers: false },
      { by: stranger() },
    ),
  )
  t.is((await kept()).length, 1)
  t.is((await testAccounts.with(ada.id, account => app.export.of(account))).password.former.length, 1)
  clock.advance(14 * 24 * 60 * 60 - 60)
  await app.scope(() => app.passwords.prune())
  t.is((await kept()).length, 1)
  clock.advance(120)
  await app.scope(() => app.passwords.prune())
  t.is((await kept()).length, 0)
})

test("a thief who changes the email twice cannot prevent the owner from undoing it, and cannot undo the owner's change", async t => {
  const ada = await person()
  const [first, second] = [testAccounts.fresh('thief'), testAccounts.fresh('thief')]
  const ownersUndo = await move(ada.id, first)
  const thiefsUndo = await move(ada.id, second)
  await undo(ownersUndo)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
  await t.throwsAsync(undo(thiefsUndo), { instanceOf: Forbidden })
  t.is((await testAccounts.account(ada.id)).email, ada.email)
})

test('while a change can be undone, no other account can have the old address', async t => {
  const [ada, mallory] = [await person(), await person()]
  const undoToken = await move(ada.id, testAccounts.fresh())
  await request(mallory.id, ada.email)
  t.deepEqual(await testAccounts.emails(ada.email), ['email-changed', 'email-taken'])
  const registering = app.scope(() =>
    app.registration.apply({ email: ada.email, password: PASSWORD }, { by: stranger() }),
  )
  await t.throwsAsync(registering, { instanceOf: InvalidInput })
  await undo(undoToken)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
})

test('an account can change back to its old address', async t => {
  const ada = await person()
  await move(ada.id, testAccounts.fresh())
  await move(ada.id, ada.email)
  t.is((await testAccounts.account(ada.id)).email, ada.email)
})

test('an old address that was never verified gets no link to undo the change', async t => {
  const ada = await makePerson(gatehouse)
  const to = testAccounts.fresh()
  await request(ada.id, to)
  await complete(await testAccounts.token(to, 'change-email'))
  t.deepEqual(await testAccounts.emails(ada.email), [])
})

test('P-08: emails to addresses of other people are limited', async t => {
  const ada = await person()
  const to = testAccounts.fresh()
  for (let i = 0; i < 5; i++) await request(ada.id, to)
  await t.throwsAsync(request(ada.id, to), { instanceOf: TooManyAttempts })
})

test.serial('P-02: the link to the new address expires after a day, and the link to undo after a week', async t => {
  const ada = await person()
  const to = testAccounts.fresh()
  await request(ada.id, to)
  const token = await testAccounts.token(to, 'change-email')
  const undoToken = await move(ada.id, testAccounts.fresh())
  await request(ada.id, testAccounts.fresh())
  clock.advance(24 * 60 * 60 + 1)
  await t.throwsAsync(complete(token), { instanceOf: Forbidden })
  t.not(await lookUndo(undoToken), null)
  clock.advance(6 * 24 * 60 * 60)
  await t.throwsAsync(undo(undoToken), { instanceOf: Forbidden })
})

/** The account's unspent links of a purpose. */
function unspent(purpose: string, id: string): Promise<object[]> {
  return app.em
    .fork()
    .execute('select 1 from one_time_link where purpose = ? and account_id = ? and used_at is null', [purpose, id])
}
