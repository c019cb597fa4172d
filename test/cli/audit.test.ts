import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Actor } from '../../src/base/actor.ts'
import { insertSql, link, record, visitor } from '../audit-chain/recorded.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
let folder: string
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'))
  cli = await openCommandLine()
  await cli.run('roles create editor')
  await cli.run('clients add Wiki --id wiki --profile web --redirect-uri https://wiki.example.com/cb')
  await cli.run('clients update wiki --name "The Wiki"')
  await cli.run('accounts register ada@example.com --verified --password-stdin', { stdin: 'a long enough sentence' })
})
test.after.always(async () => {
  await cli?.stop()
  await rm(folder, { recursive: true, force: true })
})

const rows = (options: string) =>
  cli.json<{ id: string; kind: string; changes: Record<string, { to: unknown }> }[]>(`audit list ${options}`)
const kinds = async (options: string) => (await rows(options)).map(({ kind }) => kind)

test.serial('events are searched by actor, subject, target, request and time, and by pages of them', async t => {
  const { id } = await cli.json<{ id: string }>('accounts show ada@example.com')
  const by: Actor = { ...visitor, requestId: 'req-42' }
  const refused = { by, subject: id, target: 'wiki', reason: 'wrong-password' } as const
  await cli.app.scope(() => cli.app.audit.write('sign-in.refused', refused))
  await cli.app.scope(() =>
    cli.app.audit.write('sign-in.succeeded', { by: { ...by, kind: 'account', id }, subject: id, target: null }),
  )

  t.deepEqual(await kinds('--request req-42'), ['sign-in.succeeded', 'sign-in.refused'])
  t.deepEqual(await kinds('--request req-42 --failed'), ['sign-in.refused'])
  t.deepEqual(await kinds('--request req-4'), [])
  t.deepEqual(await kinds(`--actor account:${id}`), ['sign-in.succeeded'])
  t.deepEqual(await kinds(`--actor ${id}`), ['sign-in.succeeded'])
  t.deepEqual(await kinds('--actor visitor'), ['sign-in.refused'])
  t.deepEqual(await kinds('--actor operator --target wiki'), ['client.updated', 'client.registered'])
  t.deepEqual(await kinds(`--subject ${id} --kind sign-in.`), ['sign-in.succeeded', 'sign-in.refused'])
  t.deepEqual(await kinds('--subject ada@example.com --kind sign-in.'), ['sign-in.succeeded', 'sign-in.refused'])
  t.is((await cli.run('audit list --subject nobody@example.com')).code, 3)
  t.deepEqual(
    await kinds('--until 2026-01-02 --group administration').then(all => new Set(all)),
    new Set(['key.created']),
  )
  t.false((await kinds('--since 1h')).includes('key.created'))
  t.deepEqual(await kinds('--since 2090-01-01'), [])
  t.is((await cli.run('audit list --since yesterday')).code, 2)

  const all = await rows('--target wiki')
  const [first] = await rows('--target wiki --limit 1')
  t.deepEqual(await rows(`--target wiki --before ${first!.id}`), all.slice(1))
  t.deepEqual(all.find(({ kind }) => kind === 'client.updated')?.changes, { name: { from: 'Wiki', to: 'The Wiki' } })
})

test.serial('events are exported to a new file, oldest first, and the export is recorded', async t => {
  const file = join(folder, 'events.ndjson')
  const { out } = await cli.run(`audit export ${file} --target wiki`)
  t.regex(out, /^Wrote \d+ events to .*events\.ndjson\.\n$/)
  const written = (await readFile(file, 'utf8')).trimEnd().split('\n')
  const events = written.map(line => JSON.parse(line) as { id: string })
  t.deepEqual(events, [...(await rows('--target wiki'))].reverse() as { id: string }[])
  t.deepEqual(await readdir(folder), ['events.ndjson'], 'no partial file is left')
  const [exported] = await rows('--kind audit.exported')
  t.deepEqual(exported?.changes, { target: { from: null, to: 'wiki' } })

  const again = await cli.run(`audit export ${file}`)
  t.is(again.code, 2)
  t.regex(again.err, /exists already; choose another name/)
  t.is((await readFile(file, 'utf8')).trimEnd().split('\n').length, written.length)
  t.is((await cli.run(`audit export ${join(folder, 'missing', 'x')}`)).code, 2)
  t.is((await rows('--kind audit.exported')).length, 1, 'an export that could not begin is not recorded')
})

test.serial('the record of an export names an account by its ID only', async t => {
  const { id } = await cli.json<{ id: string }>('accounts show ada@example.com')
  t.is((await cli.run('audit export - --subject ada@example.com --failed')).code, 0)
  const [exported] = await rows('--kind audit.exported')
  t.deepEqual(exported?.changes, { subject: { from: null, to: id }, success: { from: null, to: false } })
})

test.serial(
  'the record of an export has no email, username, passkey name or request of a person, however it was typed',
  async t => {
    await cli.run('accounts register eve@example.com --verified --username evelyn --password-stdin', {
      stdin: 'a long enough sentence',
    })
    const { id } = await cli.json<{ id: string }>('accounts show eve@example.com')
    const added = { by: { ...visitor, kind: 'account', id, requestId: 'req-77' }, subject: id } as const
    await cli.app.scope(() => cli.app.audit.write('factor.passkey-added', { ...added, target: "Eve's phone" }))
    const recorded = async (options: string) => {
      t.is((await cli.run(`audit export - ${options}`)).code, 0, options)
      const [exported] = await rows('--kind audit.exported')
      return Object.fromEntries(Object.entries(exported!.changes).map(([name, { to }]) => [name, to]))
    }
    for (const actor of ['eve@example.com', 'EVE@example.com', 'account:eve@example.com', 'evelyn', 'account:evelyn'])
      t.deepEqual(await recorded(`--actor ${actor}`), { actor: `account:${id}` }, actor)
    t.deepEqual(await recorded(`--actor ${id}`), { actor: id })
    for (const actor of ['operator', 'client:wiki', 'visitor'])
      t.deepEqual(await recorded(`--actor ${actor}`), { actor }, actor)
    for (const actor of ['someone', 'client:eve@example.com', 'visitor:eve@example.com'])
      t.deepEqual(await recorded(`--actor ${actor}`), { actor: 'unknown' }, actor)
    for (const target of ['eve@example.com', 'evelyn', `"Eve's phone"`])
      t.deepEqual(await recorded(`--target ${target}`), { target: [id] }, target)
    t.deepEqual(await recorded('--target wiki'), { target: 'wiki' })
    t.deepEqual(await recorded('--target editor'), { target: 'editor' })
    t.deepEqual(await recorded('--target nobody@example.com'), { target: 'unknown' })
    t.deepEqual(await recorded('--request req-77'), { request: 'req-77' })
    t.deepEqual(await recorded('--request eve@example.com'), { request: 'unknown' })

    const before = (await rows('--kind audit.exported')).length
    for (const actor of ['nobody@example.com', 'account:nobody@example.com', 'account:nobody'])
      t.is((await cli.run(`audit export - --actor ${actor}`)).code, 3, actor)
    t.is((await rows('--kind audit.exported')).length, before)
    t.deepEqual(await kinds('--actor eve@example.com --kind factor.'), ['factor.passkey-added'])

    await cli.run('accounts remove eve@example.com --yes')
    const all = await cli.app.em.fork().execute<{ text: string }[]>(`select e::text as text from audit_event e`)
    t.deepEqual(
      all.filter(({ text }) => /eve@example|evelyn|Eve's phone/i.test(text)),
      [],
    )
  },
)

test.serial('events are exported to standard output, with nothing else', async t => {
  const { out, code } = await cli.run('audit export - --kind client.')
  t.is(code, 0)
  t.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as { kind: string }).kind),
    ['client.registered', 'client.updated'],
  )
})

test.serial('an export has more events than one page, each once', async t => {
  const events = await record(cli.app, 2100)
  const { out } = await cli.run('audit export - --kind role.assigned')
  const ids = out
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { id: string }).id)
  t.deepEqual(ids.slice(-1000), events.slice(-1000))
  t.is(new Set(ids).size, ids.length)
  t.true(ids.length >= 2100)
})

test.serial('the last events are printed oldest first, a line each', async t => {
  const { out } = await cli.run('audit tail --lines 2 --target wiki --actor operator')
  t.regex(
    out,
    /^\S+Z ok {5}client\.registered by=operator target=wiki\n\S+Z ok {5}client\.updated by=operator target=wiki\n$/,
  )
  const lines = (await cli.run('audit tail --lines 2 --target wiki --actor operator --jsonl')).out.trimEnd().split('\n')
  t.deepEqual(
    lines.map(line => JSON.parse(line).kind),
    ['client.registered', 'client.updated'],
  )
})

test.serial('A-08: control characters in an event do not reach the terminal', async t => {
  const by: Actor = { ...visitor, id: 'x\n2026 sign-in.succeeded\u001b[2J' }
  await cli.app.scope(() => cli.app.audit.write('role.created', { by, target: 'evil\nline' }))
  for (const line of ['audit tail --lines 1', 'audit list --limit 1']) {
    const { out } = await cli.run(line)
    t.false(out.includes('\u001b'), line)
    t.notRegex(out.trimEnd(), /\nline|\n2026 sign-in/, line)
  }
})

test.serial('verify says that everything is proven, and compares with a head that was kept', async t => {
  const proven = await cli.run('audit verify')
  t.is(proven.code, 0)
  t.regex(
    proven.out,
    /^Chain begun \d{4}-\S+Z, key \S{16}, \d+ events of earlier releases adopted without proof\.\n\d+ links checked; 0 events deleted by retention; 0 events wait for their link\.\nProven: .*\d+\.\n$/,
  )
  const head = join(folder, 'head.json')
  const made = await cli.run('audit head --json')
  await writeFile(head, made.out)
  const files = { [head]: made.out, wrong: '{"seq": 1}', altered: made.out.replace(/"seq": \d+/, '"seq": 1') }
  t.is((await cli.run(`audit verify --head ${head}`, { files })).code, 0)
  t.is((await cli.run('audit verify --head wrong', { files })).code, 2)
  const altered = await cli.run('audit verify --head altered', { files })
  t.is(altered.code, 10)
  t.regex(altered.out, /the head that was given has a wrong signature/)
})

test.serial('verify prints what it finds and ends with its own exit codes', async t => {
  await link(cli.app)
  await cli.app.em.fork().execute(insertSql({ at: "'infinity'" }))
  const found = await cli.run('audit verify')
  t.is(found.code, 10)
  t.regex(
    found.out,
    /^event \S+, Infinity, the event has no proof: .*gatehouse audit adopt.*\n\nFindings:\nunlinked: 1\n\nChain begun .*\n.*\n.*Not proven\.\n$/,
  )
  t.regex(found.err, /the audit trail is not what Gatehouse has written/)
  const json = await cli.run('audit verify --json')
  t.is(json.code, 10)
  t.like(JSON.parse(json.out), { verdict: 'findings', counts: { unlinked: 1 } })
  for (const line of ['audit list --limit 1', 'audit tail --lines 1', 'audit export -', 'audit list --json'])
    t.is((await cli.run(line)).code, 0, line)
  await cli.app.em.fork().execute("update audit_key set sealed = 'v1.AAAAAAAA.AAAA'")
  const unverified = await cli.run('audit verify')
  t.is(unverified.code, 11)
  t.regex(unverified.out, /Not verified\.\n$/)
  t.regex(unverified.err, /could not be verified: .*SECRET_KEYS/)
})
