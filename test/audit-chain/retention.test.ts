import test from 'ava'
import { AuditRetention } from '../../src/audit-chain/retention.ts'
import { loadConfig } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { SECRET_KEYS } from '../support/servers.ts'
import { StoppedClock } from '../support/stopped-clock.ts'
import { insertSql, link, record, verify, visitor } from './recorded.ts'

const DAY = 86_400

/** A Gatehouse that keeps role assignments for 30 days and other changes for 60, and is swept once a day. */
async function open(t: { teardown(work: () => Promise<void>): void }, retention = 'role.assigned=30d,changes=60d') {
  const clock = new StoppedClock('2027-01-01')
  const logged: string[] = []
  const silent = () => {}
  const log = {
    debug: silent,
    info: silent,
    warn: (...said: unknown[]) => logged.push(String(said.at(-1))),
    error: silent,
  }
  const cli = await openCommandLine({ AUDIT_RETENTION: retention }, { clock, log: log as unknown as Logger })
  t.teardown(() => cli.stop())
  const { app } = cli
  return {
    ...cli,
    clock,
    logged,
    sql: <Row extends object>(text: string) => app.em.fork().execute<Row[]>(text),
    async days(count: number) {
      for (let day = 0; day < count; day++) {
        clock.advance(DAY)
        await new Sweeper(app).sweep()
      }
    },
    async kept() {
      const events = await app.scope(() =>
        app.audit.of(null, { limit: 1000, kinds: ['role.', 'password.', 'sign-in.'] }),
      )
      return events.map(({ kind }) => kind).sort()
    },
  }
}
const write = (app: Awaited<ReturnType<typeof open>>['app'], kind: 'password.set' | 'sessions.revoked') =>
  app.scope(() => app.audit.write(kind, { by: visitor, subject: '0190a000-0000-7000-8000-000000000000' }))

test('events are deleted when their time is over, the first rule counts, and the rest stays proven', async t => {
  const { app, days, kept, sql } = await open(t)
  await record(app, 3)
  await write(app, 'password.set')
  await write(app, 'sessions.revoked')
  await link(app)
  await days(30)
  t.deepEqual(await kept(), ['password.set', 'role.assigned', 'role.assigned', 'role.assigned'])
  await days(3)
  t.deepEqual(await kept(), ['password.set'])
  await link(app)
  t.like(await verify(app), { verdict: 'proven', deleted: 3, counts: {} })
  await days(30)
  t.deepEqual(await kept(), [])
  await link(app)
  t.like(await verify(app), { verdict: 'proven', deleted: 4 })
  const revoked = await sql(`select 1 from audit_event where kind = 'sessions.revoked'`)
  t.is(revoked.length, 1)

  const runs = await app.scope(() => app.audit.of(null, { kinds: ['audit.pruned'] }))
  t.is(runs.length, 2)
  t.like(runs[1]?.changes, { kinds: { to: ['role.assigned'] }, count: { to: 3 } })
  t.is(runs[1]?.actorKind, 'system')
})

test('nothing else may be missing: retention explains its own kinds and times alone', async t => {
  const { app, days, sql, clock } = await open(t)
  await record(app, 3)
  await write(app, 'sessions.revoked')
  await link(app)
  await days(33)
  await link(app)
  const newer = await record(app, 1)
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
  await sql(`delete from audit_event where kind = 'sessions.revoked'`)
  t.like((await verify(app)).counts, { removed: 1 })
  await sql(`delete from audit_event where id = '${newer[0]}'`)
  t.like((await verify(app)).counts, { removed: 2 })

  // A record that no one with the key wrote explains nothing, nor one that was altered.
  const changes = { kinds: { to: ['sessions.revoked', 'role.assigned'] }, before: { to: '2099-01-01T00:00:00.000Z' } }
  await sql(
    insertSql({
      kind: `'audit.pruned'`,
      actor_kind: `'system'`,
      changes: `'${JSON.stringify(changes)}'`,
      pending: 'true',
    }),
  )
  await link(app)
  t.like((await verify(app)).counts, { removed: 2, inserted: 1 })
  await sql(
    `update audit_event set changes = '${JSON.stringify(changes)}' where kind = 'audit.pruned' and mac is not null`,
  )
  t.like((await verify(app)).counts, { altered: 1, inserted: 1, removed: 5 })
  clock.advance(1)
})

test('the erasure of an account is kept as long as an event that it explains', async t => {
  const { app, days, sql } = await open(t, 'account.=30d,password.=90d')
  const { id } = await app.scope(() =>
    app.registration.create({ email: 'ada@example.org', password: 'a long enough sentence' }, { by: visitor }),
  )
  await app.scope(async () => app.erasure.of(await app.accounts.find(id), { by: visitor }))
  await link(app)
  const kinds = async () =>
    (await sql<{ kind: string }>(`select kind from audit_event where subject = '${id}' order by kind`)).map(
      ({ kind }) => kind,
    )
  await days(40)
  await link(app)
  t.deepEqual(await kinds(), ['account.erased', 'password.set', 'role.assigned'])
  t.like(await verify(app), { verdict: 'proven', counts: {} })
  await days(60)
  t.deepEqual(await kinds(), ['account.erased', 'role.assigned'])
})

test('the erasure of an account is deleted when nothing else is left of it', async t => {
  const { app, days, sql } = await open(t, 'account.=30d,changes=60d')
  const { id } = await app.scope(() => app.registration.create({ email: 'ada@example.org' }, { by: visitor }))
  await app.scope(async () => app.erasure.of(await app.accounts.find(id), { by: visitor }))
  await link(app)
  await days(40)
  t.is((await sql(`select from audit_event where subject = '${id}'`)).length, 2)
  await days(30)
  t.is((await sql(`select from audit_event where subject = '${id}'`)).length, 0)
  await link(app)
  t.like(await verify(app), { verdict: 'proven', counts: {}, deleted: 3 })
})

test('a clock that jumps ahead deletes nothing, and one that is behind neither', async t => {
  const { app, clock, days, kept, logged } = await open(t)
  await record(app, 3)
  await days(1)
  clock.advance(3650 * DAY)
  await new Sweeper(app).sweep()
  t.is((await kept()).length, 3)
  await record(app, 1)
  clock.advance(-3650 * DAY)
  await days(2)
  t.is((await kept()).length, 4)
  t.true(logged.includes('no audit events are deleted: the clock is before the last event'))
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
})

test('a head of the day is made once, by one process, and signed', async t => {
  const { app, days, sql } = await open(t)
  await days(3)
  await Promise.all([new Sweeper(app).sweep(), new Sweeper(app).sweep()])
  t.is((await sql('select * from audit_head')).length, 3)
  t.is((await verify(app)).verdict, 'proven')
})

test('what proves the deletion of other events is never deleted', async t => {
  const { app, days, sql } = await open(t, 'role.assigned=30d,administration=30d')
  await record(app, 1)
  await days(100)
  await link(app)
  t.is((await sql(`select 1 from audit_event where kind = 'audit.pruned'`)).length > 0, true)
  t.like(await verify(app), { verdict: 'proven', counts: {} })
})

test('an event that waits for its link for more than a minute is found', async t => {
  const { app, clock } = await open(t)
  await link(app)
  await record(app, 2)
  t.like(await verify(app), { verdict: 'proven', waiting: 2 })
  clock.advance(61)
  t.deepEqual((await verify(app)).counts, { 'waiting too long': 2 })
  await link(app)
  t.is((await verify(app)).verdict, 'proven')
})

test('a name that no event has, or a wrong age, is refused with the name of the setting', async t => {
  const { app } = await open(t)
  const env = { NODE_ENV: 'test', SECRET_KEYS, LOG_LEVEL: 'silent' }
  for (const AUDIT_RETENTION of ['sign-in', 'nonsense.=30d', 'sign-in.=0d', 'sign-in.=180', 'sign-in.=30d,,'])
    t.throws(
      () => new AuditRetention({ ...app, config: loadConfig({ ...env, AUDIT_RETENTION }) }),
      { message: /AUDIT_RETENTION/ },
      AUDIT_RETENTION,
    )
})
