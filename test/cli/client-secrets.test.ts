import test from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

interface Secret {
  id: string
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
}

interface Shown {
  secret: string
  secrets: Secret[]
}

const add = (id: string) => cli.json<Shown>(`clients add X --id ${id} --profile machine --scope reports:read`)
const hours = ({ expiresAt }: Secret) => (Date.parse(String(expiresAt)) - Date.now()) / 3_600_000

test('rotate-secret --keep-old says until when the old secret works, and show says it again', async t => {
  await add('report')
  const { code, out, err } = await cli.run('clients rotate-secret report --keep-old 24h')
  t.is(code, 0, err)
  t.regex(
    out,
    /^X has a new secret\. The old one works until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\nThe secret is shown only once\./,
  )
  t.regex(out, /^CLIENT_SECRET=[\w-]{43}$/m)

  const { secrets } = await cli.json<Shown>('clients show report')
  const [old, fresh] = secrets
  t.is(secrets.length, 2)
  t.true(hours(old!) > 23 && hours(old!) <= 24)
  t.is(fresh!.expiresAt, null)
  const until = old!.expiresAt!.replace(/\.\d+Z$/, 'Z')
  const shown = (await cli.run('clients show report')).out
  t.true(shown.includes(` 2: ${old!.id} until ${until}, ${fresh!.id}\n`), shown)
})

test('--keep-old takes a day or a time, not more than 90 days, and nothing that has passed', async t => {
  await add('dated')
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  const { secrets } = await cli.json<Shown>(`clients rotate-secret dated --keep-old ${day}`)
  t.is(secrets[0]!.expiresAt, new Date(Date.parse(day) + 86_400_000).toISOString())
  for (const [when, wrong] of [
    ['91d', /^gatehouse: --keep-old must be within 90 days\n/],
    ['2026-01-01T00:00Z', /^gatehouse: --keep-old must be in the future\n/],
    ['soon', /--keep-old .*Expected 8h, 30d/],
  ] as const) {
    const { code, err } = await cli.run(`clients rotate-secret dated --keep-old ${when}`)
    t.is(code, 2, when)
    t.regex(err, wrong)
  }
})

test('a third secret is refused with the command that makes room for it, and that command works', async t => {
  await add('full')
  await cli.run('clients rotate-secret full --keep-old 30d')
  const { code, err, out } = await cli.run('clients rotate-secret full --keep-old 1h')
  t.deepEqual([code, out], [4, ''])
  const command = /remove one first, such as: gatehouse (clients secrets remove full [0-9a-f]{8})\n/.exec(err)?.[1]
  t.is((await cli.run(`${command}`)).code, 2, 'there is no terminal')
  t.is((await cli.run(`${command}`, { answers: ['n'] })).code, 130)
  const removed = await cli.run(`${command}`, { answers: ['y'] })
  t.is(removed.code, 0, removed.err)
  t.regex(removed.out, /^Removed the secret [0-9a-f]{8} of X\.\n$/)
  t.deepEqual(removed.asked, [`Remove the secret ${command!.split(' ').at(-1)} of X (full)? [y/N] `])
  t.is((await cli.run(`${command} --yes`)).code, 3, 'it is gone')
  t.is((await cli.run('clients rotate-secret full --keep-old 1h')).code, 0)
})

test('secrets list shows each secret by its ID, and no secret', async t => {
  const { secret: old } = await add('listed')
  const { secret: fresh } = await cli.json<Shown>('clients rotate-secret listed --keep-old 2h')
  const listed = await cli.json<Secret[]>('clients secrets list listed')
  for (const each of listed) t.deepEqual(Object.keys(each), ['id', 'createdAt', 'expiresAt', 'lastUsedAt'])
  const lines = [
    'clients secrets list listed',
    'clients show listed',
    'clients list',
    'clients list --json',
    'audit list',
  ]
  const shown = await Promise.all(lines.map(async line => (await cli.run(line)).out))
  t.regex(shown[0]!, /^ID +CREATED AT +EXPIRES AT +LAST USED AT\n[0-9a-f]{8} .*\n[0-9a-f]{8} .*\n$/)
  for (const secret of [old, fresh]) t.false(shown.join().includes(secret))
  t.is((await cli.run('clients secrets list nobody')).code, 3)
})

test('the only secret of an application that needs one stays', async t => {
  await add('one')
  const [only] = await cli.json<Secret[]>('clients secrets list one')
  const { code, err } = await cli.run(`clients secrets remove one ${only!.id} --yes`)
  t.is(code, 4)
  t.regex(err, /is the only secret of one, which needs one; to replace it: gatehouse clients rotate-secret one\n/)
  await cli.run('clients add P --id page --profile spa --redirect-uri https://p.example.com/cb')
  t.is((await cli.run('clients secrets list page')).out, 'page has no secret that can be used.\n')
  t.deepEqual((await cli.json<Shown>('clients show page')).secrets, [])
})
