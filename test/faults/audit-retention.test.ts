import test from 'ava'
import type { Logger } from '../../src/base/log.ts'
import { insertSql, link, record, verify } from '../audit-chain/recorded.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { StoppedClock } from '../support/stopped-clock.ts'
import { waitFor } from '../support/wait-for.ts'
import { chainHeld, silent } from './held-chain.ts'

const DAY = 86_400

async function open(t: { teardown(work: () => Promise<void>): void }, log: Partial<Logger> = {}) {
  const clock = new StoppedClock('2027-01-01')
  const env = { AUDIT_RETENTION: 'role.assigned=30d' }
  const cli = await openCommandLine(env, { clock, log: { ...silent, ...log } as Logger })
  t.teardown(() => cli.stop())
  return { ...cli, clock }
}

test('an old event that gets its link while retention deletes is kept until the next run, and nothing is found', async t => {
  const { app, clock, run } = await open(t)
  const sql = (text: string) => app.em.fork().execute(text)
  const [first] = await record(app, 1000)
  await link(app)
  const at = `'${clock.now().toISOString()}'`
  // As an earlier release wrote it: it has no link, and comes after the first batch.
  await sql(insertSql({ id: `'${first!.slice(0, 8)}-ffff-7000-8000-000000000000'`, at }))
  clock.advance(33 * DAY)
  const head = await app.scope(() => app.auditHeads.make())

  const [locked, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const locking = app.scope(() =>
    app.atomically(async () => {
      await app.em.execute(`select from audit_event where id = '${first}' for update`)
      locked.resolve()
      await end.promise
    }),
  )
  await locked.promise
  const pruning = app.scope(() => app.auditRetention.run(head))
  await statementsWaitForLocks(app)
  t.is((await run('audit adopt --yes')).out, 'Added 1 audit events.\n')
  end.resolve()
  await locking
  t.is(await pruning, 1000)
  await link(app)
  t.like(await verify(app), { verdict: 'proven', deleted: 1000, counts: {} })

  clock.advance(DAY)
  t.is(await app.scope(() => app.auditRetention.run(head)), 1)
  await link(app)
  t.like(await verify(app), { verdict: 'proven', deleted: 1001, counts: {} })
})

test('retention says after a minute which session it waits for, and goes on when that one ends', async t => {
  const logged: { holder?: string }[] = []
  const warn = ((details: object) => logged.push(details)) as Logger['warn']
  const { app, clock } = await open(t, { warn })
  await record(app, 3)
  await link(app)
  clock.advance(33 * DAY)
  const head = await app.scope(() => app.auditHeads.make())
  const release = await chainHeld(app)
  const pruning = app.scope(() => app.auditRetention.run(head))
  const recorded = `select from audit_event where kind = 'audit.pruned'`
  await waitFor(async () => (await app.em.fork().execute(recorded)).length > 0)
  const ticking = setInterval(() => clock.advance(20), 50)
  await waitFor(() => logged.length > 0)
  clearInterval(ticking)
  await release()
  t.is(await pruning, 3)
  const holder = /^PostgreSQL process \d+ \(gatehouse, role .+, idle in transaction for \d+ s\)$/
  t.is(logged.length, 1)
  t.regex(logged[0]?.holder ?? '', holder)
})
