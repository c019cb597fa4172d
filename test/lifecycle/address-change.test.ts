import test from 'ava'
import { Conflict, Forbidden, InvalidInput, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { Lives, stranger } from './lives.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { MAIL_LIMIT_IP: '1000/1h' } })
const lives = new Lives(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const HERE = 'the browser that asks'

/** Somebody whose address is proven. */
async function person(): Promise<Person> {
  const made = await makePerson(gatehouse)
  await lives.with(made.id, async account => {
    account.proveAddress()
    await app.em.flush()
  })
  return made
}

const request = (id: string, to: string, browser: string | null = HERE) =>
  lives.with(id, account => app.addressChange.request(account, to, { by: stranger(), browser }))
const complete = (token: string, proof: { browser?: string; password?: string } = { browser: HERE }) =>
  app.scope(() => app.addressChange.complete(token, { by: stranger(), ...proof }))
const undo = (token: string) => app.scope(() => app.addressChange.undo(token, { by: stranger() }))

/** Moves them there. @returns the token of the way back */
async function move(id: string, to: string): Promise<string> {
  const { email } = await lives.account(id)
  await request(id, to)
  await complete(await lives.token(to, 'address-change-proof'))
  return lives.token(email, 'address-changed-notice')
}

test('the address changes when the new one is proven, and the old one is told', async t => {
  const ada = await person()
  const to = lives.fresh('ada')
  await request(ada.id, to)
  t.is((await lives.account(ada.id)).email, ada.email)
  t.deepEqual(await lives.letters(to), ['address-change-proof'])
  await complete(await lives.token(to, 'address-change-proof'))
  t.like(await lives.account(ada.id), { email: to, emailVerified: true })
  t.deepEqual(await lives.letters(ada.email), ['address-changed-notice'])
  t.true(await lives.signsIn(to, PASSWORD))
  t.false(await lives.signsIn(ada.email, PASSWORD))
  t.is((await lives.history(ada.id)).filter(kind => kind.startsWith('address-change.')).length, 1)
})

test('on paper: the link opens a page, its button moves the account, another browser is asked for the password', async t => {
  const ada = await person()
  const to = lives.fresh('ada')
  await request(ada.id, to)
  const link = await lives.link(to, 'address-change-proof')
  const browser = await new Browser(url).open(link)
  t.is(browser.heading, 'Use this address?')
  t.false(browser.text.includes(ada.email), 'whoever has the new address learns nothing of the old one')
  await browser.submit({ password: 'wrong' })
  t.is(browser.page.status, 401)
  await browser.submit({ password: PASSWORD })
  t.is(browser.heading, 'Your address has changed')
  await browser.open(link)
  t.is(browser.page.status, 404)
})

test('U-02: the owner of an address who opens the letter does not prove it for somebody else', async t => {
  const [mallory, victim] = [await person(), lives.fresh('victim')]
  await request(mallory.id, victim)
  const token = await lives.token(victim, 'address-change-proof')
  await t.throwsAsync(complete(token, { browser: 'the victim’s', password: '' }), { instanceOf: WrongCredentials })
  await t.throwsAsync(complete(token, {}), { instanceOf: WrongCredentials })
  t.is((await lives.account(mallory.id)).email, mallory.email)
})

test('F-21: that an address is taken is told to its owner alone, and older links die as for a free one', async t => {
  const [ada, grace] = [await person(), await person()]
  for (const asked of [grace.email, lives.fresh()]) {
    const before = lives.fresh('before')
    await request(ada.id, before)
    const old = await lives.token(before, 'address-change-proof')
    t.is(await request(ada.id, asked), undefined)
    await t.throwsAsync(complete(old), { instanceOf: Forbidden }, asked)
  }
  t.deepEqual(await lives.letters(grace.email), ['address-taken'])
  await t.throwsAsync(request(ada.id, ada.email), { instanceOf: InvalidInput })
  await t.throwsAsync(request(ada.id, 'no address'), { instanceOf: InvalidInput })
})

test('somebody else may have the address by the time it is proven', async t => {
  const ada = await person()
  const to = lives.fresh()
  await request(ada.id, to)
  await app.scope(() => app.registration.create({ email: to }, { by: stranger() }))
  const token = await lives.token(to, 'address-change-proof')
  await t.throwsAsync(complete(token), { instanceOf: Conflict })
  const browser = await new Browser(url).open(`${url}/change-address/${token}`)
  await browser.submit({ password: PASSWORD })
  t.is(browser.page.status, 409)
  t.is((await lives.account(ada.id)).email, ada.email)
})

test('N-04: of two who move to one address at once, in two processes, one does', async t => {
  const other = (await gatehouse.another()).app
  const people = [await person(), await person()]
  const to = lives.fresh()
  for (const { id } of people) await request(id, to)
  const letters = await Promise.all(people.map(({ id }) => posted('change-address', id)))
  t.deepEqual(
    letters.map(({ length }) => length),
    [1, 1],
  )
  const tokens = await lives.tokens(to, 'address-change-proof')
  const results = await Promise.allSettled(
    tokens.map((token, i) => {
      const { scope, addressChange } = i ? app : other
      return scope(() => addressChange.complete(token, { by: stranger(), browser: HERE }))
    }),
  )
  t.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.is(results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))[0].status, 409)
})

const DEATHS: Record<string, (ada: Person, token: string, to: string) => Promise<unknown>> = {
  'it was used': (_, token) => complete(token),
  'a newer one was asked for': ({ id }) => request(id, lives.fresh()),
  'the password was changed': ({ id }) =>
    lives.with(id, account =>
      app.passwordChange.change(
        account,
        { current: PASSWORD, next: 'another horse by far', endOthers: false },
        { by: stranger() },
      ),
    ),
  'the account moved elsewhere': async ({ id }) => move(id, lives.fresh()),
  'the account went back to an older address': async ({ id }) => undo(await move(id, lives.fresh())),
}

for (const [why, kill] of Object.entries(DEATHS)) {
  test(`P-02: the proof of a new address is dead: ${why}`, async t => {
    const ada = await person()
    const to = lives.fresh()
    await request(ada.id, to)
    const token = await lives.token(to, 'address-change-proof')
    await kill(ada, token, to)
    const { email } = await lives.account(ada.id)
    t.is(await app.scope(() => app.addressChange.look(token)), null)
    await t.throwsAsync(complete(token), { instanceOf: Forbidden })
    t.is((await lives.account(ada.id)).email, email)
  })
}

test('the way back restores the address and takes the account out of everybody’s hands', async t => {
  const ada = await person()
  const to = lives.fresh('thief')
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  const back = await move(ada.id, to)
  await lives.with(ada.id, account => app.deletion.schedule(account, { by: stranger(), exceptSession: 'none' }))

  const browser = await new Browser(url).open(`${url}/undo-address/${back}`)
  t.is(browser.heading, 'Go back to your old address?')
  t.is((await lives.account(ada.id)).email, to, 'looking changes nothing')
  await browser.submit()
  t.is(browser.heading, 'Your old address is back')

  t.like(await lives.account(ada.id), { email: ada.email, emailVerified: true, deletionDue: null })
  t.false(await lives.signsIn(to, PASSWORD))
  t.false(await lives.signsIn(ada.email, PASSWORD), 'whoever was in may have known the password')
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.is((await lives.letters(ada.email)).at(-1), 'reset-password')
  const token = await lives.token(ada.email, 'reset-password')
  await app.scope(() => app.recovery.complete(token, 'mine again, only mine', { by: stranger() }))
  t.true(await lives.signsIn(ada.email, 'mine again, only mine'))
  await t.throwsAsync(undo(back), { instanceOf: Forbidden })
})

test('a thief who moves the account twice takes away nobody’s way back, and has none of their own', async t => {
  const ada = await person()
  const [first, second] = [lives.fresh('thief'), lives.fresh('thief')]
  const victims = await move(ada.id, first)
  const thiefs = await move(ada.id, second)
  await undo(victims)
  t.is((await lives.account(ada.id)).email, ada.email)
  await t.throwsAsync(undo(thiefs), { instanceOf: Forbidden })
  t.is((await lives.account(ada.id)).email, ada.email)
})

test('while there is a way back, nobody else can have the old address', async t => {
  const [ada, mallory] = [await person(), await person()]
  const back = await move(ada.id, lives.fresh())
  await request(mallory.id, ada.email)
  t.deepEqual(await lives.letters(ada.email), ['address-changed-notice', 'address-taken'])
  const registering = app.scope(() =>
    app.registration.apply({ email: ada.email, password: PASSWORD }, { by: stranger() }),
  )
  await t.throwsAsync(registering, { instanceOf: InvalidInput })
  await undo(back)
  t.is((await lives.account(ada.id)).email, ada.email)
})

test('one’s own old address one can have again', async t => {
  const ada = await person()
  await move(ada.id, lives.fresh())
  await move(ada.id, ada.email)
  t.is((await lives.account(ada.id)).email, ada.email)
})

test('an address that nobody had proven gets no way back', async t => {
  const ada = await makePerson(gatehouse)
  const to = lives.fresh()
  await request(ada.id, to)
  await complete(await lives.token(to, 'address-change-proof'))
  t.deepEqual(await lives.letters(ada.email), [])
})

test('P-08: letters to strangers’ addresses are limited', async t => {
  const ada = await person()
  const to = lives.fresh()
  for (let i = 0; i < 5; i++) await request(ada.id, to)
  await t.throwsAsync(request(ada.id, to), { instanceOf: TooManyAttempts })
})

test.serial('P-02: time ends the proof after a day, and the way back after a week', async t => {
  const ada = await person()
  const to = lives.fresh()
  await request(ada.id, to)
  const token = await lives.token(to, 'address-change-proof')
  const back = await move(ada.id, lives.fresh())
  await request(ada.id, lives.fresh())
  clock.advance(24 * 60 * 60 + 1)
  await t.throwsAsync(complete(token), { instanceOf: Forbidden })
  t.not(await app.scope(() => app.addressChange.lookBack(back)), null)
  clock.advance(6 * 24 * 60 * 60)
  await t.throwsAsync(undo(back), { instanceOf: Forbidden })
})

/** The account's unspent links of a purpose. */
function posted(purpose: string, id: string): Promise<object[]> {
  return app.em
    .fork()
    .execute('select 1 from one_time_link where purpose = ? and account_id = ? and used_at is null', [purpose, id])
}
