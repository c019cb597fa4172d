import test from 'ava'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { link, record, verify } from '../audit-chain/recorded.ts'
import { freshDatabase, SECRET_KEYS } from '../support/servers.ts'

// A migration leaves the index of waiting events out where the table is large.
const INDEX = `select indisvalid as valid from pg_index where indexrelid = to_regclass('audit_event_pending')`

test('one process builds the index that a large table lacks, and the others wait for neither it nor each other', async t => {
  const database = await freshDatabase()
  const config = loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SECRET_KEYS, DATABASE_URL: database.url })
  const [first, second, writer] = [await createApp(config), await createApp(config), await createApp(config)]
  t.teardown(async () => {
    await Promise.all([first, second, writer].map(app => app.close()))
    await database.drop()
  })
  const sql = <Row extends object>(text: string) => second.em.fork().execute<Row[]>(text)
  await link(writer)
  await record(first, 3)
  await sql('drop index audit_event_pending')

  const [writing, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const request = writer.scope(() =>
    writer.atomically(async () => {
      await writer.em.execute(`update audit_event set target = target`)
      writing.resolve()
      await written.promise
    }),
  )
  await writing.promise
  const building = link(first)
  // It waits for the request, which writes to the table.
  while ((await sql(INDEX)).length === 0);
  t.is(await link(second), 0)
  t.deepEqual(await sql(INDEX), [{ valid: false }])
  const [limit] = await first.em.fork().execute<{ ms: string }[]>(`select current_setting('statement_timeout') as ms`)
  t.not(limit?.ms, '0', 'other work of the building process keeps its time limits')

  written.resolve()
  await request
  t.is(await building, 3)
  t.deepEqual(await sql(INDEX), [{ valid: true }])
  await record(second, 1)
  t.is(await link(second), 1)
  t.is((await verify(second)).verdict, 'proven')
})
