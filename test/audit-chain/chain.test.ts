import { randomBytes } from 'node:crypto'
import test from 'ava'
import { createApp } from '../../src/app.ts'
import { BrokenChain } from '../../src/audit/broken-chain.ts'
import { operator } from '../../src/base/actor.ts'
import { loadConfig } from '../../src/base/config.ts'
import { newId } from '../../src/base/ids.ts'
import { pgliteOf } from '../../src/storage/database/database.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { freshDatabase, SECRET_KEYS, servers } from '../support/servers.ts'
import { insertSql, kindsOf, link, record, verdictAfter, verify } from './recorded.ts'

/** A Gatehouse without a server, so that only the test links events. */
async function open(t: { teardown(work: () => Promise<void>): void }) {
  const cli = await openCommandLine()
  t.teardown(() => cli.stop())
  return { ...cli, sql: <Row extends object>(text: string) => cli.app.em.fork().execute<Row[]>(text) }
}

test('events are linked in the order of their IDs, and each only once', async t => {
  const { app, sql } = await open(t)
  const before = await link(app)
  const events = await record(app, 30)
  t.is(await link(app), 30)
  t.is(await link(app), 0)
  const links = await sql<{ event_id: string }>('select event_id from audit_link order by seq')
  t.deepEqual(
    links.slice(before).map(each => each.event_id),
    events,
  )
  t.deepEqual(await sql('select id from audit_event where pending'), [])
  const { chain } = await verify(app)
  t.is(chain?.key, (await sql<{ id: string }>('select id from audit_key'))[0]?.id)
})

test('several processes that link at once link each event once', async t => {
  const { app, sql } = await open(t)
  await link(app)
  for (let round = 0; round < 5; round++) {
    await record(app, 20)
    await Promise.all(Array.from({ length: 8 }, () => link(app)))
  }
  while ((await link(app)) > 0);
  const [row] = await sql<{ ok: boolean }>(
    'select (select count(*) from audit_event) = (select max(seq) from audit_link) as ok',
  )
  t.true(row!.ok)
  t.is((await verify(app)).verdict, 'proven')
})

test('more events than fit into one transaction are linked in several', async t => {
  const { app } = await open(t)
  await link(app)
  await record(app, 1000)
  await record(app, 500)
  const first = await app.scope(() => app.auditChain.append())
  t.deepEqual(first, { appended: 1000, adopted: 0, more: true, held: false })
  t.is(await link(app), 500)
  t.is((await verify(app)).verdict, 'proven')
})

test('a forged event, one that was marked as new again, and odd values do not stop the chain, and are found', async t => {
  const { app, sql } = await open(t)
  const [linked] = await record(app, 3)
  await link(app)
  await sql(insertSql({ pending: 'true' }))
  await sql(insertSql({ pending: 'true', at: "'infinity'", changes: `'{"a": 1e400}'` }))
  await sql(`update audit_event set pending = true where id = '${linked}'`)
  await record(app, 2)
  t.is(await link(app), 4)
  t.deepEqual(await sql('select id from audit_event where pending'), [])
  t.deepEqual((await verify(app)).counts, { inserted: 2 })
  await record(app, 1)
  t.is(await link(app), 1)
})

test('a forged event that an operator repairs later stays found', async t => {
  const { app, sql } = await open(t)
  const [id] = await record(app, 1)
  await sql(`update audit_event set target = 'superuser' where id = '${id}'`)
  await link(app)
  await sql(`update audit_event set target = 'editor' where id = '${id}'`)
  t.deepEqual((await verify(app)).counts, { inserted: 1 })
})

test('links after the last one, and a tip that was altered, stop the chain and are reported', async t => {
  const { app, sql } = await open(t)
  await record(app, 3)
  await link(app)
  await sql(`insert into audit_link select seq + 1, '${newId()}', kind, at, event_mac, proof, link
    from audit_link order by seq desc limit 1`)
  await record(app, 1)
  await t.throwsAsync(link(app), { instanceOf: BrokenChain, message: /links after the last one/ })
  t.like((await verify(app)).counts, { 'link altered': 1 })
  await sql('delete from audit_link where seq > (select seq from audit_tip)')
  t.is(await link(app), 1)
  await sql('update audit_tip set seq = seq - 1')
  await record(app, 1)
  await t.throwsAsync(link(app), { instanceOf: BrokenChain, message: /tip of the chain was altered/ })
})

test('a lost audit key is never replaced, and events go on without proof', async t => {
  const { app, sql } = await open(t)
  await record(app, 3)
  await link(app)
  const [key] = await sql<{ id: string; sealed: string }>('select * from audit_key')
  await sql('delete from audit_key')
  await app.scope(() => app.auditKey.start())
  t.deepEqual(await sql('select * from audit_key'), [])
  t.deepEqual((await verify(app)).counts, { key: 1 })
  // Also where the links, the tip and the heads were removed with it.
  await sql('delete from audit_link')
  await sql('delete from audit_tip')
  await app.scope(() => app.auditKey.start())
  t.deepEqual(await sql('select * from audit_key'), [])
  t.truthy(key?.sealed)
})

test('the audit key is sealed again with the newest of SECRET_KEYS, and goes on proving everything', async t => {
  const shared = servers() ? await freshDatabase() : null
  t.teardown(async () => shared?.drop())
  const { app, stop } = shared ? { app: null, stop: null } : await openCommandLine()
  const newest = randomBytes(48).toString('base64')
  const config = (keys: string) =>
    loadConfig({
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      SECRET_KEYS: keys,
      ...(shared && { DATABASE_URL: shared.url }),
    })
  const dump = app ? await (await pgliteOf(app.em)).dumpDataDir('none') : undefined
  await stop?.()
  const opened = async (keys: string, pgliteDump = dump) => createApp(config(keys), { pgliteDump })

  const rotated = await opened(`${newest},${SECRET_KEYS}`)
  await record(rotated, 3)
  await link(rotated)
  t.is((await verify(rotated)).verdict, 'proven')
  const next = shared ? undefined : await (await pgliteOf(rotated.em)).dumpDataDir('none')
  await rotated.close()
  const alone = await opened(newest, next)
  const verdict = await verify(alone)
  await alone.close()
  t.is(verdict.verdict, 'proven')
  t.true(verdict.links >= 3)

  const without = await opened(SECRET_KEYS, next)
  await record(without, 1)
  await t.throwsAsync(link(without), { instanceOf: BrokenChain })
  const unverified = await verify(without)
  await without.close()
  t.like(unverified, { verdict: 'unverified', counts: {} })
  t.regex(unverified.reason ?? '', /SECRET_KEYS no longer lists/)
})

test('events of a release that runs beside this one are added only by an operator, which is recorded', async t => {
  const cli = await open(t)
  const { app, sql } = cli
  await record(app, 2)
  await link(app)
  for (let i = 0; i < 3; i++) await sql(insertSql({ target: "'editor'" }))
  t.is(await link(app), 0)
  const found = await verify(app)
  t.deepEqual(found.counts, { unlinked: 3 })
  t.regex(found.findings[0]?.detail ?? '', /gatehouse audit adopt/)

  t.is((await cli.run('audit adopt', { answers: ['no'] })).code, 130)
  t.deepEqual((await verify(app)).counts, { unlinked: 3 })
  const { asked, out } = await cli.run('audit adopt', { answers: ['yes'] })
  t.regex(asked[0] ?? '', /Add 3 audit events to the chain/)
  t.is(out, 'Added 3 audit events.\n')
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
  t.deepEqual((await kindsOf(app)).at(-1), 'audit.adopted')
  const [event] = await app.scope(() => app.audit.of(null, { kinds: ['audit.adopted'] }))
  t.deepEqual(event?.changes, { count: { from: null, to: 3 } })
  await sql(`update audit_event set target = 'superuser' where mac is null`)
  t.deepEqual((await verify(app)).counts, { altered: 3 })
  t.is((await cli.run('audit adopt --yes')).out, 'All audit events are in the chain.\n')
})

test('a head shows that an older state was restored, and that the chain was begun again', async t => {
  const cli = await open(t)
  const { app, sql } = cli
  await record(app, 3)
  await link(app)
  const [tip] = await sql<{ seq: string; link: string; mac: string; adopted: string }>(
    `select seq::text, encode(link, 'hex') as link, encode(mac, 'hex') as mac from audit_tip`,
  )
  await record(app, 2)
  const head = await app.scope(() => app.auditHeads.make())
  t.is((await verify(app, { head })).verdict, 'proven')
  t.like((await verify(app, { head: { ...head, seq: head.seq - 1 } })).counts, { head: 1 })

  // Everything as it was before, with what Gatehouse itself had written then.
  await sql('delete from audit_head')
  await sql(`delete from audit_event where id in (select event_id from audit_link where seq > ${tip!.seq})`)
  await sql(`delete from audit_link where seq > ${tip!.seq}`)
  await sql(
    `update audit_tip set seq = ${tip!.seq}, link = decode('${tip!.link}', 'hex'), mac = decode('${tip!.mac}', 'hex')`,
  )
  t.is((await verify(app)).verdict, 'proven')
  const restored = await verify(app, { head })
  t.deepEqual(restored.counts, { head: 1 })
  t.regex(restored.findings[0]?.detail ?? '', /an older state was restored/)

  for (const table of ['audit_link', 'audit_tip', 'audit_head', 'audit_key']) await sql(`delete from ${table}`)
  await sql('update audit_event set mac = null, pending = null')
  await app.scope(() => app.auditKey.start())
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
  t.regex((await verify(app, { head })).findings[0]?.detail ?? '', /begun again/)
})

test('heads that were altered are found', async t => {
  const { app } = await open(t)
  await record(app, 2)
  await app.scope(() => app.auditHeads.make())
  await record(app, 2)
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
  for (const change of ['seq = seq + 1', 'adopted = 5', "at = 'infinity'", "began = '-infinity'", "key_id = 'x'"]) {
    t.deepEqual((await verdictAfter(app, `update audit_head set ${change}`)).counts, { head: 1 }, change)
  }
  t.is((await verify(app)).verdict, 'proven')
})

test('events that waited too long are found', async t => {
  const { app, sql } = await open(t)
  await link(app)
  await record(app, 1)
  t.like(await verify(app), { verdict: 'proven', waiting: 1 })
  await app.scope(() => app.audit.write('role.created', { by: operator, target: 'x' }))
  await sql(`update audit_event set at = at + interval '1 hour' where pending`)
  t.deepEqual((await verify(app)).counts, { inserted: 2 })
})

test('a chain whose tip was removed is continued from the tables of a backup', async t => {
  const { app, sql } = await open(t)
  await record(app, 3)
  await link(app)
  for (const table of ['audit_tip', 'audit_link']) await sql(`create table kept_${table} as select * from ${table}`)
  await record(app, 3)
  await link(app)
  await sql('delete from audit_tip')
  await record(app, 2)
  await t.throwsAsync(link(app), { instanceOf: BrokenChain })

  // As docs/operate.md says.
  for (const table of ['audit_tip', 'audit_link']) {
    await sql(`delete from ${table}`)
    await sql(`insert into ${table} select * from kept_${table}`)
  }
  await sql(`update audit_event e set pending = true
    where mac is not null and not exists (select from audit_link l where l.event_id = e.id)`)
  t.is(await link(app), 5)
  t.like(await verify(app), { verdict: 'proven', counts: {} })
})
