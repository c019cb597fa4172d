import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { StoppedClock } from '../support/stopped-clock.ts'

/** It stands still, so that the tests control the time steps. */
const clock = new StoppedClock('2026-11-20T15:00:00Z')
const gatehouse = await startGatehouse({ clock })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const accountOf = (id: string, { accounts } = app) => accounts.find(id)
const propose = (id: string) => app.scope(async () => app.totps.propose(await accountOf(id)))
const confirm = (id: string, proposal: string, code: string) =>
  app.scope(async () => app.totps.confirm(await accountOf(id), proposal, code, { by }))
const verify = (id: string, code: string, { scope, totps, accounts }: App = app) =>
  scope(async () => totps.verify(await accounts.find(id), code))
const has = (id: string) => app.scope(async () => (await app.totps.of(await accountOf(id))) !== null)
const refusal = async (work: Promise<unknown>) => {
  try {
    await work
    return null
  } catch (error) {
    return error instanceof InvalidInput ? error.fields.code : String(error)
  }
}

/** A person with an authenticator app whose current code is unused. */
async function enrolled() {
  const { id, email } = await makePerson(gatehouse)
  const { proposal, secret } = await propose(id)
  const app = new Authenticator(secret, clock)
  await confirm(id, proposal, app.code())
  clock.advance(60)
  return { id, email, app }
}

test.serial('a new secret has 160 bits, the host name and the email, as all authenticator apps expect', async t => {
  const { id, email } = await makePerson(gatehouse)
  const { secret, uri, svg } = await propose(id)
  t.regex(secret, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  const { protocol, host, pathname, searchParams } = new URL(uri)
  t.deepEqual([protocol, host, decodeURIComponent(pathname)], ['otpauth:', 'totp', `/localhost:${email}`])
  t.deepEqual(Object.fromEntries(searchParams), { secret: secret.replaceAll(' ', ''), issuer: 'localhost' })
  t.regex(svg, /^<svg [^>]*viewBox="0 0 \d+ \d+"><rect fill="white"/)
  t.notRegex(svg, /style|script|href|on\w+=/)
  t.not((await propose(id)).secret, secret)
  t.false(await has(id), 'a proposal alone adds nothing')
})

test.serial('an app is added once it has produced a valid code, which cannot be used again', async t => {
  const { id } = await makePerson(gatehouse)
  const { proposal, secret } = await propose(id)
  const phone = new Authenticator(secret, clock)
  const [right, wrong] = [phone.code(), phone.code(5)]
  t.is(await refusal(confirm(id, proposal, wrong)), 'wrong')
  t.false(await verify(id, right), 'not yet')
  await confirm(id, proposal, `${right.slice(0, 3)} ${right.slice(3)}`)
  t.true(await has(id))
  t.false(await verify(id, right))
  t.true(await verify(id, phone.code(1)))
})

test.serial('Q-10: digits of any script are accepted in a code, and other characters are ignored', async t => {
  const { id, app: phone } = await enrolled()
  const inScript = (zero: string) => (code: string) =>
    code.replace(/\d/g, digit => String.fromCodePoint(zero.codePointAt(0)! + Number(digit)))
  const written = [
    (code: string) => `${code}\u200B`,
    (code: string) => `\uFEFF${code.slice(0, 3)}\u00A0${code.slice(3)}\n`,
    (code: string) => `\u202A${code.slice(0, 3)}.${code.slice(3)}\u202C`,
    (code: string) => `"${code}"`,
    ...['٠', '۰', '०', '০', '０', '𝟘', '𝟬'].map(inScript),
  ]
  for (const write of written) {
    clock.advance(60)
    t.true(await verify(id, write(phone.code())), write('012345'))
  }
  clock.advance(60)
  for (const wrong of [phone.code().slice(1), `${phone.code()}0`, '', '\u200B', phone.code(7)])
    t.false(await verify(id, wrong), wrong)
})

test.serial('a proposed secret can be shown again unchanged', async t => {
  const { id } = await makePerson(gatehouse)
  const proposal = await propose(id)
  t.deepEqual(await app.scope(async () => app.totps.proposeAgain(await accountOf(id), proposal.proposal)), proposal)
})

test.serial('a proposed secret works for one account, for 15 minutes, and once', async t => {
  const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const { proposal, secret } = await propose(ada.id)
  const phone = new Authenticator(secret, clock)
  t.is(await refusal(confirm(bob.id, proposal, phone.code())), 'expired')
  for (const forged of ['', 'x', proposal.slice(0, -2), app.sealing.seal('{}', 'totp')])
    t.is(await refusal(confirm(ada.id, forged, phone.code())), 'expired', forged)
  clock.advance(15 * 60)
  await confirm(ada.id, proposal, phone.code())
  clock.advance(1)
  t.is(await refusal(confirm(ada.id, proposal, phone.code(1))), 'expired')
  const late = await propose(bob.id)
  clock.advance(15 * 60 + 1)
  t.is(await refusal(confirm(bob.id, late.proposal, new Authenticator(late.secret, clock).code())), 'expired')
  t.false(await has(bob.id))
})

test.serial('a form that is submitted many times at once adds the app once', async t => {
  const { id } = await makePerson(gatehouse)
  const { proposal, secret } = await propose(id)
  clock.advance(1)
  const code = new Authenticator(secret, clock).code()
  const answers = await Promise.all(Array.from({ length: 8 }, () => refusal(confirm(id, proposal, code))))
  t.deepEqual(answers.sort(), [null, ...Array(7).fill('expired')].sort())
})

test.serial('a new app replaces the old one', async t => {
  const { id, app: old } = await enrolled()
  const { proposal, secret } = await propose(id)
  clock.advance(1)
  const fresh = new Authenticator(secret, clock)
  await confirm(id, proposal, fresh.code())
  clock.advance(60)
  t.false(await verify(id, old.code()))
  t.true(await verify(id, fresh.code()))
})

test.serial('M-02: a code is accepted in its time step and the adjacent ones only', async t => {
  for (const [seconds, right] of [
    [-31, false],
    [-30, true],
    [0, true],
    [29, true],
    [30, true],
    [59, true],
    [60, false],
  ] as const) {
    const { id, app: phone } = await enrolled()
    clock.advance(300 - ((clock.now().getTime() / 1000) % 30))
    const code = phone.code()
    clock.advance(seconds)
    t.is(await verify(id, code), right, `${seconds} s after its step began`)
    clock.advance(-seconds)
  }
})

test.serial('M-02: a code works once, and codes of earlier steps no longer work after it', async t => {
  const { id, app: phone } = await enrolled()
  t.true(await verify(id, phone.code()))
  t.false(await verify(id, phone.code()))
  t.false(await verify(id, phone.code(-1)), 'an older code, which someone else may have seen')
  t.true(await verify(id, phone.code(1)))
  t.false(await verify(id, phone.code()))
  clock.advance(30)
  t.false(await verify(id, phone.code()), 'a code that was used early is used up')
  clock.advance(30)
  t.true(await verify(id, phone.code()))
})

test.serial('M-02: of fifty simultaneous uses of a code in two processes, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const { id, app: phone } = await enrolled()
  const code = phone.code()
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => verify(id, code, i % 2 ? app : other)))
  t.is(results.filter(Boolean).length, 1)
})

test.serial('only codes of exactly six digits are checked, whatever their grouping and script', async t => {
  const { id, app: phone } = await enrolled()
  for (const code of ['', ' ', '12345', '1234567', '-12345', '1e5000', 'abcdef', '\0', '9'.repeat(100_000), '١٢٣٤٥٦'])
    t.false(await verify(id, code), code.slice(0, 9))
  const wide = [...phone.code()].map(digit => String.fromCodePoint(digit.codePointAt(0)! + 0xfee0)).join('')
  t.true(await verify(id, ` ${wide.slice(0, 3)}-${wide.slice(3)} `))
})

test.serial('a code does not work for another account or an account without an app', async t => {
  const [ada, bob] = [await enrolled(), await enrolled()]
  const { id: none } = await makePerson(gatehouse)
  t.false(await verify(bob.id, ada.app.code()))
  t.false(await verify(none, ada.app.code()))
  t.true(await verify(ada.id, ada.app.code()), 'an attempt with another account did not use up the code')
})

test.serial('the codes of a removed app no longer work', async t => {
  const { id, app: phone } = await enrolled()
  await app.scope(async () => app.totps.remove(await accountOf(id), { by }))
  t.false(await has(id))
  t.false(await verify(id, phone.code()))
  await t.notThrowsAsync(app.scope(async () => app.totps.remove(await accountOf(id), { by })))
  const kinds = (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)
  t.deepEqual(kinds.slice(0, 2), ['factor.totp-removed', 'factor.totp-added'])
})

test.serial('A-07: the secret is encrypted in the database and in the form', async t => {
  const { id } = await makePerson(gatehouse)
  const { proposal, secret } = await propose(id)
  await confirm(id, proposal, new Authenticator(secret, clock).code())
  const seed = secret.replaceAll(' ', '')
  const rows = JSON.stringify(await app.em.fork().execute('select * from totp where account_id = ?', [id]))
  t.true(rows.includes('v1.'))
  t.false(rows.includes(seed) || proposal.includes(seed))
})
