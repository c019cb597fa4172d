import { randomUUID } from 'node:crypto'
import test from 'ava'
import type { ProfileUpdate } from '../../src/accounts/profile.ts'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { SIGN_IN_WITH_USERNAME: 'on', USERNAME_HOLD: '30d', SIGN_IN_LIMIT_ACCOUNT: '4/5m' },
})
const testAccounts = new TestAccounts(gatehouse)
const people = new UpstreamIdentities(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const DAY = 24 * 60 * 60

/** A username that no account has. */
const fresh = (name = 'name') =>
  `${name}-${randomUUID()
    .replace(/[-01lmo]/g, '')
    .slice(0, 8)}x`

const take = (id: string, username: string | null, at = app) =>
  at.scope(async () =>
    at.profiles.update(await at.accounts.find(id), { preferred_username: username } as ProfileUpdate, {
      by: stranger(),
    }),
  )
const usernameOf = (id: string) => testAccounts.with(id, async account => account.username ?? null)
const refusal = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    error => (error instanceof InvalidInput ? error.fields : error),
  )

test('F-14: a username belongs to one account, whatever its case or look-alike characters', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const own = `${fresh()}.poco`
  t.is((await take(ada.id, ` ${own.toUpperCase()} `)).preferred_username, own)
  const fullWidth = [...own].map(each => (/[a-z]/.test(each) ? String.fromCharCode(each.charCodeAt(0) + 0xfee0) : each))
  for (const other of [
    own,
    own.toUpperCase(),
    fullWidth.join(''),
    own.replace('poco', 'p0cö'),
    own.replace('poco', 'pocó'),
  ])
    t.deepEqual(await refusal(take(eve.id, other)), { preferred_username: 'taken' }, other)
  const latin = `cape-${fresh('x')}`.replace(/[^acepoxy]/g, 'a').slice(0, 30)
  const cyrillic = latin.replace(
    /./g,
    each => ({ a: 'а', c: 'с', e: 'е', p: 'р', o: 'о', x: 'х', y: 'у' })[each] ?? each,
  )
  await take(ada.id, latin)
  t.deepEqual(await refusal(take(eve.id, cyrillic)), { preferred_username: 'taken' })
  t.is(await usernameOf(eve.id), null)
})

test('F-14: an invalid username is refused with its reason', async t => {
  const { id } = await makePerson(gatehouse)
  const wrong = {
    a: 'too-short',
    [`a${'b'.repeat(32)}`]: 'too-long',
    'ada king': 'characters',
    'ada@example.org': 'characters',
    'ada\u200bking': 'characters',
    'ada\0': 'characters',
    аda: 'mixed-scripts',
    'a\u0301\u0301\u0301da': 'mixed-scripts',
    '.ada': 'separators',
    ada_: 'separators',
    'ada..king': 'separators',
    admin: 'reserved',
    Admin: 'reserved',
    'ad-min': 'reserved',
    r00t: 'reserved',
    support: 'reserved',
    Account: 'reserved',
  }
  for (const [username, problem] of Object.entries(wrong))
    t.deepEqual(await refusal(take(id, username)), { preferred_username: problem }, username)
  for (const username of ['ада', '李明', '김철수', 'たろう', 'жанна.1815']) {
    const each = await makePerson(gatehouse)
    t.is((await take(each.id, username)).preferred_username, username)
  }
})

test('F-14: of many requests for one username at once, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const name = fresh()
  const all = await Promise.all(Array.from({ length: 6 }, () => makePerson(gatehouse)))
  const tries = await Promise.all(all.map(({ id }, index) => refusal(take(id, name, index % 2 ? app : other))))
  t.is(tries.filter(each => each === null).length, 1)
  t.deepEqual(tries.filter(Boolean), Array(5).fill({ preferred_username: 'taken' }))
  t.is((await Promise.all(all.map(({ id }) => usernameOf(id)))).filter(Boolean).length, 1)
})

// Runs first, while this clock still agrees with the clock of the database.
test.serial('F-14: the username of an erased account stays reserved, without a reference to the account', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const name = fresh()
  await take(ada.id, name)
  const exported = await testAccounts.with(ada.id, account => app.export.of(account))
  t.like(exported, { profile: { preferred_username: name }, usernames: [{ freedAt: null }] })
  await testAccounts.with(ada.id, account => app.erasure.of(account, { by: operator }))
  t.deepEqual(await refusal(take(eve.id, name)), { preferred_username: 'taken' })
  const rows = await app.em.fork().execute('select * from username')
  t.false(JSON.stringify(rows).includes(name))
  t.false(JSON.stringify(rows).includes(ada.id))
  clock.advance(31 * DAY)
  t.is((await take(eve.id, name)).preferred_username, name)
})

test.serial('F-14: a former username stays reserved for its owner for a while', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [first, second] = [fresh(), fresh()]
  await take(ada.id, first)
  await take(ada.id, second)
  t.deepEqual(await refusal(take(eve.id, first)), { preferred_username: 'taken' })
  await take(ada.id, first)
  await take(ada.id, null)
  clock.advance(29 * DAY)
  for (const name of [first, second]) t.deepEqual(await refusal(take(eve.id, name)), { preferred_username: 'taken' })
  clock.advance(2 * DAY)
  t.true((await app.scope(() => app.usernames.prune())) >= 2)
  t.is((await take(eve.id, first)).preferred_username, first)
  t.deepEqual(await refusal(take(ada.id, first)), { preferred_username: 'taken' })
  const kinds = (await app.scope(() => app.audit.of(ada.id, { kinds: ['username.'] }))).map(({ kind }) => kind)
  t.deepEqual(kinds, ['username.removed', ...Array(3).fill('username.changed')])
})

test('F-14: an account can reserve only a few former usernames', async t => {
  const { id } = await makePerson(gatehouse)
  const names = Array.from({ length: 4 }, () => fresh())
  for (const name of names) await take(id, name)
  t.deepEqual(await refusal(take(id, fresh())), { preferred_username: 'too-often' })
  t.is((await take(id, names[0]!)).preferred_username, names[0])
})

test('F-14: applications get the username as preferred_username, or no such claim without a username', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn(ada)
  t.false('preferred_username' in (await rp.userinfo(tokens.access_token, ada.id)))
  const name = fresh()
  await take(ada.id, name.toUpperCase())
  t.is((await rp.userinfo(tokens.access_token, ada.id)).preferred_username, name)
})

test("F-14: a provider's username is adopted if it is valid and free, and never prevents a sign-in", async t => {
  const provider = await people.provider()
  const name = fresh()
  const [ada, eve, root] = [
    people.upstreamUser({ preferred_username: name.toUpperCase() } as object),
    people.upstreamUser({ preferred_username: name } as object),
    people.upstreamUser({ preferred_username: 'root' } as object),
  ]
  for (const person of [ada, eve, root]) t.is((await people.receive(provider, person)).outcome, 'new-account')
  t.deepEqual(await Promise.all([ada, eve, root].map(({ email }) => usernameOf(email))), [name, null, null])
})

test('F-14: people can sign in with their username too, with the same errors and limits', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const name = fresh('poco')
  await take(ada.id, name)
  const signIn = (email: string, password = PASSWORD) =>
    app.scope(() => app.signIn.withPassword({ email, password }, { by: stranger() }))
  t.is((await signIn(` ${name.toUpperCase()}`)).account.id, ada.id)
  const unassigned = fresh()
  for (const wrong of [signIn(name, 'wrong'), signIn(unassigned, 'wrong'), signIn(name.replace('poco', 'pócó'))]) {
    const error = await t.throwsAsync(wrong, { instanceOf: WrongCredentials })
    t.is(error?.message, new WrongCredentials().message)
  }
  for (let i = 0; i < 3; i++)
    await t.throwsAsync(signIn(i % 2 ? name : ada.email, 'wrong'), { instanceOf: WrongCredentials })
  for (const login of [name, ada.email]) await t.throwsAsync(signIn(login), { instanceOf: TooManyAttempts }, login)
  for (let i = 0; i < 3; i++) await t.throwsAsync(signIn(unassigned, 'wrong'), { instanceOf: WrongCredentials })
  await t.throwsAsync(signIn(unassigned), { instanceOf: TooManyAttempts })
  t.is((await signIn(eve.email)).account.id, eve.id)
})

test('F-14: the sign-in page accepts a username', async t => {
  const ada = await makePerson(gatehouse)
  const name = fresh()
  await take(ada.id, name)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn({ ...ada, email: name })
  t.truthy(tokens.access_token)
})

test('F-14: password reset and sign-in emails can be requested by username, without revealing whether it exists', async t => {
  const [ada, place] = [await makePerson(gatehouse), { interaction: randomUUID(), browser: 'a browser' }]
  const own = fresh()
  await take(ada.id, own)
  await app.scope(() => app.passwordReset.request(` ${own.toUpperCase()}`, { by: stranger() }))
  await app.scope(() => app.signInEmails.request(own, place, { by: stranger() }))
  t.deepEqual(await testAccounts.emails(ada.email), ['reset-password', 'sign-in'])
  const { code } = (await queuedEmails(gatehouse, ada.email, 'sign-in'))[0]!.data
  const identified = await app.scope(() => app.emailSignIn.withCode(place, { code: code! }, { by: stranger() }))
  t.is(identified.account.id, ada.id)

  const outcomes = async (name: string) => {
    const limited = []
    for (let i = 0; i < 7; i++) {
      const error: unknown = await app
        .scope(() => app.passwordReset.request(name, { by: stranger() }))
        .catch(reason => reason)
      limited.push(error instanceof TooManyAttempts)
    }
    return limited
  }
  const eve = await makePerson(gatehouse)
  const known = fresh()
  await take(eve.id, known)
  const answers = await outcomes(known)
  t.deepEqual(answers, await outcomes(fresh()))
  t.true(answers.at(-1))
  await t.notThrowsAsync(
    app.scope(() => app.passwordReset.request(eve.email, { by: stranger() })),
    'the limit by username does not affect the email',
  )
})

test('F-14: the pages accept an email or a username, and answer the same for an unknown username', async t => {
  const ada = await makePerson(gatehouse)
  const [own, unknown] = [fresh(), fresh()]
  await take(ada.id, own)
  const responses = []
  for (const name of [own, unknown]) {
    const browser = await new Browser(gatehouse.url).open(`${gatehouse.url}/forgot-password`)
    t.true(browser.text.includes('Email or username'))
    await browser.submit({ email: name })
    responses.push([browser.page.status, browser.page.html.replaceAll(name, '').replace(/[\w-]{20,}/g, '')])
  }
  t.deepEqual(responses[0], responses[1])
  t.deepEqual(await testAccounts.emails(ada.email), ['reset-password'])
})
