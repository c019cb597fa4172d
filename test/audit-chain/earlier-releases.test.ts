import test from 'ava'
import { newId } from '../../src/base/ids.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { insertSql, link, record, verify } from './recorded.ts'

/** A database as an earlier release left it, with so many events, at the first start of this release. */
async function upgraded(t: { teardown(work: () => Promise<void>): void }, events: number) {
  const { app, stop } = await openCommandLine()
  t.teardown(stop)
  const sql = <Row extends object>(text: string) => app.em.fork().execute<Row[]>(text)
  for (const table of ['audit_link', 'audit_tip', 'audit_head', 'audit_key', 'audit_event'])
    await sql(`delete from ${table}`)
  await sql(`insert into audit_event (id, kind, success, actor_kind, at)
    select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'role.assigned', true, 'operator',
      timestamptz '2026-01-01' + n * interval '1 second' from generate_series(1, ${events}) as n`)
  await app.scope(() => app.auditKey.start())
  return { app, sql }
}

test('events of earlier releases are added in batches after new ones, and are proven from then on', async t => {
  const { app, sql } = await upgraded(t, 2500)
  t.is((await verify(app)).verdict, 'proven')
  t.is((await verify(app)).waiting, 2500)
  await record(app, 3)
  const batches = []
  for (let more = true; more; ) {
    const { more: again, appended, adopted } = await app.scope(() => app.auditChain.append())
    batches.push({ appended, adopted })
    more = again
  }
  t.deepEqual(batches, [
    { appended: 3, adopted: 1000 },
    { appended: 0, adopted: 1000 },
    { appended: 0, adopted: 500 },
  ])
  t.like(await verify(app), { verdict: 'proven', links: 2503, waiting: 0 })
  t.is((await app.scope(() => app.auditHeads.make())).adopted, 2500)
  t.is((await verify(app)).chain?.adopted, 2500)
  await sql(`update audit_event set target = 'x' where id = '01900000-0000-7000-8000-000000000007'`)
  t.deepEqual((await verify(app)).counts, { altered: 1 })
})

test('an event that is inserted among them later is not added by itself', async t => {
  const { app, sql } = await upgraded(t, 5)
  await link(app)
  await sql(insertSql({ id: `'01900000-0000-7000-8000-0000000000ff'` }))
  await sql(insertSql({ id: `'00900000-0000-7000-8000-0000000000ff'` }))
  await sql(insertSql({ id: `'${newId()}'` }))
  t.is(await link(app), 0)
  t.deepEqual((await verify(app)).counts, { unlinked: 3 })
})

test('where the progress is set back by SQL, nothing more is added', async t => {
  const { app, sql } = await upgraded(t, 5)
  await link(app)
  await sql('update audit_tip set adopted_to = null')
  await sql(insertSql({ id: `'01900000-0000-7000-8000-000000000000'` }))
  await t.throwsAsync(link(app), { message: /tip of the chain was altered/ })
  t.like((await verify(app)).counts, { tip: 1 })
})

test('an installation without events begins with an empty chain', async t => {
  const { app } = await upgraded(t, 0)
  t.is(await link(app), 0)
  t.like(await verify(app), { verdict: 'proven', links: 0, seq: 0 })
})
