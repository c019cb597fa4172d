import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { PostgresArtifacts } from '../../src/storage/artifacts/postgres-artifacts.ts'
import { sqlOf } from '../../src/storage/database/sql.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

/** With the artifacts in the database, as in a process without Redis, whatever this run uses. */
const sweeping = { ...app, artifacts: new PostgresArtifacts(sqlOf(app.em)) }

const put = (id: string) =>
  sweeping.artifacts.commit([{ do: 'put', kind: 'Interaction', id, payload: { note: id }, ttl: 600 }])
const rows = async (table: string) =>
  Number((await app.em.fork().execute<{ count: string }[]>(`select count(*) from ${table}`))[0]?.count)

test.serial('N-01: a sweep removes expired records and no others', async t => {
  await put('dead')
  await app.em.fork().execute("update artifact set expires_at = now() - interval '1 second'")
  await put('alive')
  await new Sweeper(sweeping).sweep()
  t.is(await rows('artifact'), 1)
  t.is((await sweeping.artifacts.get('Interaction', 'alive'))?.note, 'alive')
})

test.serial('a sweep removes keys that no longer verify any token', async t => {
  await app.scope(() => app.keys.rotate({ by: operator }))
  await new Sweeper(sweeping).sweep()
  t.is(await rows('signing_key'), 6)
  clock.advance(Math.max(24 * 60 * 60, app.config.sessionTtl) + 2 * 60 * 60 + 60)
  await new Sweeper(sweeping).sweep()
  t.is(await rows('signing_key'), 4)
})

test.serial('a failed sweep breaks nothing', async t => {
  const artifacts = new PostgresArtifacts({
    query: () => Promise.reject(new Error('the database is unavailable')),
    transaction: () => Promise.reject(new Error('the database is unavailable')),
  })
  await t.notThrowsAsync(new Sweeper({ ...app, artifacts }).sweep())
})
