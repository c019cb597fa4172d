import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { startPgBouncer } from '../support/pgbouncer.ts'
import { findProgram } from '../support/programs.ts'
import { freshDatabase, freshRedis, servers } from '../support/servers.ts'

if (servers()) {
  test.runIf(findProgram('pgbouncer') !== null)(
    'F-10: a process that receives no change notifications reports it, and a removed client gets tokens for a second at most',
    async t => {
      const [database, redis] = [await freshDatabase(), await freshRedis()]
      t.teardown(() => Promise.all([database.drop(), redis.drop()]))
      const pooler = (await startPgBouncer(database.url))!
      t.teardown(() => pooler.stop())
      const silent = await startGatehouse({ env: { DATABASE_URL: pooler.url, REDIS_URL: redis.url } })
      t.teardown(() => silent.stop())
      const hearing = await startGatehouse({ env: { DATABASE_URL: database.url, REDIS_URL: redis.url } })
      t.teardown(() => hearing.stop())

      const ready = async ({ url }: { url: string }) => (await fetch(`${url}/readyz`)).json()
      t.like(await ready(silent), { status: 'ready', warnings: { notifications: { reason: 'not received' } } })
      t.is(((await ready(hearing)) as { warnings?: unknown }).warnings, undefined)

      const { app } = hearing
      const { client, secret } = await app.scope(() =>
        app.clients.register({ name: 'Report', profile: 'machine' }, { by: operator }),
      )
      const ask = async () => {
        const body = new URLSearchParams({ grant_type: 'client_credentials' })
        const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
        return (await fetch(`${silent.url}/token`, { method: 'POST', headers: { authorization }, body })).status
      }
      t.is(await ask(), 200)
      await app.scope(() => app.clients.remove(client.id, { by: operator }))
      t.true(await eventually(async () => (await ask()) === 401))
    },
  )
}
