import test from 'ava'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { freshDatabase, SECRET_KEYS, servers } from '../support/servers.ts'
import { link, record, verify } from './recorded.ts'

// The threat: SQL on all tables, and one old copy of the row audit_tip.
async function open(t: { teardown(work: () => Promise<void>): void }) {
  const { app, stop } = await openCommandLine()
  t.teardown(stop)
  const sql = <Row extends object>(text: string) => app.em.fork().execute<Row[]>(text)
  await link(app)
  await sql('create table kept as select * from audit_tip')
  return {
    app,
    sql,
    /** Removes an event, sets the chain back to before it, and has the later ones linked again. */
    async remove(event: string | undefined) {
      await sql(`delete from audit_event where id = '${event}'`)
      const later = 'seq > (select seq from kept)'
      await sql(`update audit_event set pending = true where id in (select event_id from audit_link where ${later})`)
      await sql(`delete from audit_link where ${later}`)
      await sql('delete from audit_tip')
      await sql('insert into audit_tip select * from kept')
      await link(app)
    },
  }
}

test('a chain that is set back to remove an event contradicts every event that was written after it', async t => {
  const { app, remove } = await open(t)
  const [removed] = await record(app, 1)
  await link(app)
  await record(app, 3)
  await link(app)
  await record(app, 2)
  await remove(removed)
  const { verdict, counts, findings } = await verify(app)
  t.is(verdict, 'findings')
  t.deepEqual(counts, { rewound: 5 })
  t.regex(findings[0]?.detail ?? '', /the chain was set back/)
  await record(app, 1)
  await link(app)
  t.deepEqual((await verify(app)).counts, { rewound: 5 })
})

test('events that are written after the chain was set back show it too, also where none was kept', async t => {
  const { app, remove } = await open(t)
  const [removed] = await record(app, 1)
  await link(app)
  await remove(removed)
  t.is((await verify(app)).verdict, 'proven')
  await record(app, 1)
  await link(app)
  t.deepEqual((await verify(app)).counts, { rewound: 1 })
})

test('an event names the last link that its process had seen, also one of another process', async t => {
  const database = servers() ? await freshDatabase() : null
  if (!database) return t.pass('other processes need servers')
  const config = loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SECRET_KEYS, DATABASE_URL: database.url })
  const [one, other] = [await createApp(config), await createApp(config)]
  t.teardown(async () => {
    await Promise.all([one.close(), other.close()])
    await database.drop()
  })
  await record(one, 3)
  await link(one)
  // It has nothing to link.
  await link(other)
  await record(other, 1)
  const [row] = await other.em.fork().execute<{ seen: boolean }[]>(`select anchor_seq = (select seq from audit_tip)
      and anchor_link = (select link from audit_tip) as seen from audit_event order by id desc limit 1`)
  t.true(row?.seen)
  await link(one)
  t.is((await verify(one)).verdict, 'proven')
})
