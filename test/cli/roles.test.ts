import { readFileSync } from 'node:fs'
import test from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

type Held = { role: string; givenBy: string; endsAt: string | null }

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

const API = 'https://api.example.com'
const nextYear = new Date().getFullYear() + 1
const register = (email: string) => cli.run(`accounts register ${email} --link`)
const held = async (email: string) =>
  (await cli.json<Held[]>(`accounts roles list ${email}`)).filter(({ role }) => role !== 'subscriber')

test('the commands of docs/roles.md work, in their order', async t => {
  await register('ada@example.com')
  for (const role of ['staff', 'contractor']) t.is((await cli.run(`roles create ${role}`)).code, 0)
  for (const id of ['wiki', 'payroll']) {
    const added = await cli.run(
      `clients add X --id ${id} --profile web --redirect-uri https://${id}.example.com/callback`,
    )
    t.is(added.code, 0)
  }
  const page = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8')
  const lines = [...page.matchAll(/^```sh\n([^`]*)^```/gm)].flatMap(([, block]) =>
    block!.replaceAll('\\\n', ' ').replaceAll('2027-', `${nextYear}-`).trim().split('\n'),
  )
  t.true(lines.length >= 10)
  for (const line of lines) {
    const { code, err } = await cli.run(line.replace(/^gatehouse /, ''))
    t.is(code, 0, `${line}: ${err}`)
  }
  t.like(await cli.json('clients show wiki'), { allowedRoles: ['editor', 'staff'], deniedRoles: [] })
  t.like(await cli.json('roles show cashier'), {
    scopes: { 'https://orders.example.com': ['orders:read', 'orders:refund'] },
  })
})

test('a role is assigned for a time, and the list says by whom and until when', async t => {
  await register('grace@example.com')
  await cli.run('roles create guest')
  const [until] = await cli.json<Held[]>(`accounts roles add grace@example.com guest --until ${nextYear}-01-31`)
  t.like(until, { role: 'guest', givenBy: 'operator', endsAt: `${nextYear}-02-01T00:00:00.000Z` })
  await cli.run('accounts roles add grace@example.com guest')
  t.is((await held('grace@example.com'))[0]?.endsAt, `${nextYear}-02-01T00:00:00.000Z`, 'the end stays')
  await cli.run(`accounts roles add grace@example.com guest --until ${nextYear}-03-01T18:00+02:00`)
  t.is((await held('grace@example.com'))[0]?.endsAt, `${nextYear}-03-01T16:00:00.000Z`)
  await cli.run('accounts roles add grace@example.com guest --until none')
  t.is((await held('grace@example.com'))[0]?.endsAt, null)
  for (const when of ['tomorrow', `${nextYear}-02-30`, `${nextYear}-01-31T18:00`, '30', ''])
    t.is((await cli.run(`accounts roles add grace@example.com guest --until "${when}"`)).code, 2, when)
  const past = await cli.run('accounts roles add grace@example.com guest --until 2020-01-01')
  t.is(past.code, 2)
  t.regex(past.err, /--until must be in the future/)
})

test('who may use an application: unknown roles and contradictions are refused, and roles in use stay', async t => {
  for (const role of ['reader', 'intern']) await cli.run(`roles create ${role}`)
  const add = 'clients add Docs --id docs --profile web --redirect-uri https://docs.example.com/callback'
  const unknown = await cli.run(`${add} --allowed-role raeder`)
  t.is(unknown.code, 2)
  t.regex(unknown.err, /--allowed-role: there is no role "raeder"/)
  t.is((await cli.run(`${add} --allowed-role reader --denied-role reader`)).code, 2)
  t.is((await cli.run('clients add Job --profile machine --allowed-role reader')).code, 2)
  t.is((await cli.run(`${add} --allowed-role reader`)).code, 0)
  const inUse = await cli.run('roles remove reader --yes')
  t.is(inUse.code, 4)
  t.regex(inUse.err, /docs/)
  t.like(await cli.json('clients update docs --remove-allowed-role reader --add-denied-role intern'), {
    allowedRoles: [],
  })
})

test('a role allows only scopes that an API has, and loses them when the API is removed', async t => {
  await cli.run('roles create clerk')
  await cli.run(`resources add ${API} --name API --scope read --scope write`)
  for (const [arguments_, words] of [
    [`clerk ${API} raed`, /has no scope "raed"; it has: read, write/],
    ['clerk https://elsewhere.example.com read', /not a registered API/],
  ] as const) {
    const refused = await cli.run(`roles allow ${arguments_}`)
    t.is(refused.code, 2)
    t.regex(refused.err, words)
  }
  t.is((await cli.run(`roles allow nobody ${API} read`)).code, 3)
  t.like(await cli.json(`roles allow clerk ${API} write read`), { scopes: { [API]: ['read', 'write'] } })
  t.regex((await cli.run(`roles disallow clerk ${API} raed`)).err, /does not allow raed/)
  t.like(await cli.json(`roles disallow clerk ${API} write`), { scopes: { [API]: ['read'] } })
  t.regex((await cli.run('roles list')).out, /clerk .*https:\/\/api\.example\.com read/)
  await cli.run('resources add https://other.example.com --name Other --scope see --scope old')
  await cli.run('roles allow clerk https://other.example.com see old')
  await cli.run(`resources update ${API} --remove-scope read`)
  await cli.run('resources update https://other.example.com --remove-scope old')
  const left = { 'https://other.example.com': ['see'], [API]: [] }
  t.deepEqual((await cli.json('roles show clerk')).scopes, left, 'a removed scope is allowed by no role')
  await cli.run(`resources update ${API} --add-scope read`)
  t.deepEqual((await cli.json('roles show clerk')).scopes, left, 'nor if it is added again')
  t.is((await cli.run('roles disallow clerk constructor')).code, 2)
  t.is((await cli.run('roles allow clerk constructor see')).code, 2)
  await cli.run('resources remove https://other.example.com --yes')
  await cli.run(`resources remove ${API} --yes`)
  t.deepEqual((await cli.json('roles show clerk')).scopes, {})
})
