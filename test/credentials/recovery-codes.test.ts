import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const make = (id: string, { scope, accounts, recoveryCodes }: App = app) =>
  scope(async () => recoveryCodes.make(await accounts.find(id), { by }))
const spend = (id: string, code: string, { scope, accounts, recoveryCodes }: App = app) =>
  scope(async () => recoveryCodes.spend(await accounts.find(id), code, { by }))
const left = (id: string) => app.scope(async () => app.recoveryCodes.left(await app.accounts.find(id)))

test('a set has ten codes of 60 bits each, in groups and without look-alike characters', async t => {
  const { id } = await makePerson(gatehouse)
  const codes: string[] = []
  for (let i = 0; i < 5; i++) codes.push(...(await make(id)))
  for (const code of codes) t.regex(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
  t.is(new Set(codes).size, 50)
  t.is(new Set(codes.join('').replaceAll('-', '')).size, 32, '600 characters contain each of the 32')
  t.is(await left(id), 10)
})

test('M-05: each code works once', async t => {
  const { id } = await makePerson(gatehouse)
  const [first, second] = await make(id)
  t.is(await spend(id, first!), 9)
  t.is(await spend(id, first!), null)
  t.is(await spend(id, second!), 8)
  t.is(await left(id), 8)
})

test('M-05: of fifty simultaneous uses of a code in two processes, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const { id } = await makePerson(gatehouse)
  const [code] = await make(id)
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => spend(id, code!, i % 2 ? app : other)))
  t.deepEqual(
    results.filter(result => result !== null),
    [9],
  )
})

test('M-05: new codes replace the old ones', async t => {
  const { id } = await makePerson(gatehouse)
  const [old] = await make(id)
  const [fresh] = await make(id)
  t.is(await spend(id, old!), null)
  t.is(await spend(id, fresh!), 9)
})

test('M-05: of several sets generated at once in two processes, one remains valid', async t => {
  const other = (await gatehouse.another()).app
  const { id } = await makePerson(gatehouse)
  await Promise.all(Array.from({ length: 6 }, (_, i) => make(id, i % 2 ? app : other)))
  t.is(await left(id), 10)
})

test('Q-10: codes are accepted in any case, grouping and script', async t => {
  const { id } = await makePerson(gatehouse)
  const written = [
    (code: string) => code.toLowerCase(),
    (code: string) => code.replaceAll('-', ''),
    (code: string) => ` ${code.replaceAll('-', ' ')} `,
    (code: string) => code.replaceAll('-', '–').replaceAll('0', 'o').replaceAll('1', 'l'),
    (code: string) => code.replaceAll('0', 'O').replaceAll('1', 'I'),
    (code: string) => [...code].join(' '),
    (code: string) => `\u200B${code}\u200B\uFEFF`,
    (code: string) => code.replace(/\d/g, digit => '٠١٢٣٤٥٦٧٨٩'[Number(digit)]!),
  ]
  const codes = await make(id)
  for (const [i, write] of written.entries()) t.is(await spend(id, write(codes[i]!)), 9 - i, `${write}`)
})

test('guesses and the codes of another account are refused', async t => {
  const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [code] = await make(ada.id)
  await make(bob.id)
  for (const guess of ['', '-', '\0', '%', code!.slice(0, -1), `${code}0`, 'x'.repeat(100_000)])
    t.is(await spend(ada.id, guess), null, guess.slice(0, 20))
  t.is(await spend(bob.id, code!), null)
  t.deepEqual([await left(ada.id), await left(bob.id)], [10, 10])
})

test('an email reports each use, and suggests new codes when few are left', async t => {
  const ada = await makePerson(gatehouse)
  const codes = await make(ada.id)
  const from = { kind: 'visitor', id: null, ip: '203.0.113.7', userAgent: 'curl/8' } as const
  await app.scope(async () => app.recoveryCodes.spend(await app.accounts.find(ada.id), codes[0]!, { by: from }))
  for (const code of codes.slice(1, 8)) await spend(ada.id, code)
  const emails = await queuedEmails(gatehouse, ada.email, 'factor-changed')
  t.deepEqual(
    emails.map(({ data }) => `${data.change} ${data.left}`),
    [9, 8, 7, 6, 5, 4, 3, 2].map(n => `${n > 3 ? 'recovery-code-spent' : 'recovery-codes-low'} ${n}`),
  )
  t.like(emails[0]!.data, { ip: '203.0.113.7', userAgent: 'curl/8' })
  t.regex(emails[0]!.data.link!, /\/report-compromise\/[\w-]{43}$/)
  const kinds = (await app.scope(() => app.audit.of(ada.id))).map(({ kind }) => kind)
  t.is(kinds.filter(kind => kind === 'factor.recovery-code-used').length, 8)
})

test('A-07: the table contains neither the codes nor anything that could verify a guess', async t => {
  const { id } = await makePerson(gatehouse)
  const codes = await make(id)
  const [row] = await app.em
    .fork()
    .execute<{ rows: string }[]>(
      'select json_agg(recovery_code)::text as rows from recovery_code where account_id = ?',
      [id],
    )
  for (const code of codes) t.false(row!.rows.includes(code) || row!.rows.includes(code.replaceAll('-', '')))
  t.is(new Set(row!.rows.match(/"digest":"[\w-]{43}"/g)).size, 10)
})
