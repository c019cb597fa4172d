import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { People } from '../../src/oidc/people/people.ts'
import { Cache } from '../../src/storage/change-feed/cache.ts'
import { CHANNEL, Changes } from '../../src/storage/change-feed/changes.ts'
import { postgresListener } from '../../src/storage/change-feed/notification-listeners.ts'
import { addApp } from '../support/authenticator-app.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { servers } from '../support/servers.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const sql = <Row extends object>(text: string, params: unknown[] = []) => app.em.fork().execute<Row[]>(text, params)

let markers = 0

/** Waits until all earlier notifications have arrived. */
async function drained(): Promise<void> {
  const topic = `marker-${markers++}`
  let arrived = false
  app.changes.subscribe(topic, () => {
    arrived = true
  })
  await sql('select pg_notify(?, ?)', [CHANNEL, `${topic}:x`])
  await eventually(() => arrived)
}

/** The notifications of a topic while the work runs. */
async function notified(topic: string, work: () => Promise<unknown>): Promise<(string | null)[]> {
  await drained()
  const notifications: (string | null)[] = []
  app.changes.subscribe(topic, id => notifications.push(id))
  await work()
  await drained()
  return [...notifications]
}

test.serial('the database notifies of every change, whichever client makes it', async t => {
  const { id } = await makePerson(gatehouse)
  const by = operator
  t.deepEqual(await notified('account', () => sql('update account set name = null where id = ?', [id])), [id])
  const add = () => app.scope(async () => app.assignments.assign(await app.accounts.find(id), ['admin'], { by }))
  t.deepEqual([...new Set(await notified('account', add))], [id])
  const take = () => sql("delete from assignment where account_id = ? and role_name = 'admin'", [id])
  t.deepEqual(await notified('account', take), [id])
  t.true((await notified('signing_key', () => app.scope(() => app.keys.rotate({ by })))).length >= 4)
})

test.serial('a change that is rolled back sends no notification', async t => {
  const { id } = await makePerson(gatehouse)
  const notifications = await notified('account', () =>
    t.throwsAsync(
      app.em.fork().transactional(async em => {
        await em.execute('update account set name = ? where id = ?', ['x', id])
        throw new Error('rolled back')
      }),
    ),
  )
  t.deepEqual(notifications, [])
})

/** Disables the notifications of the database while the work runs, so that only the process itself reports its changes. */
async function withoutTriggers(work: () => Promise<void>): Promise<void> {
  const triggers = async (state: 'disable' | 'enable') => {
    for (const table of ['account', 'assignment', 'totp', 'passkey', 'revocation'])
      await sql(`alter table ${table} ${state} trigger ${table}_notify_change`)
  }
  await triggers('disable')
  await work().finally(() => triggers('enable'))
}

test.serial(
  'S-01: a new second factor takes effect in this process at once, before the notification of the database',
  async t => {
    const people = new People(app)
    const { id } = await makePerson(gatehouse)
    await drained()
    await withoutTriggers(async () => {
      t.false((await people.find(id))?.secondFactor)
      await addApp(gatehouse, id)
      t.true((await people.find(id))?.secondFactor)
      const account = () => app.accounts.find(id)
      await app.scope(async () => app.factorChanges.removeTotp(await account(), { by: operator }))
      t.false((await people.find(id))?.secondFactor)
    })
  },
)

test.serial('a removed role takes effect in this process at once', async t => {
  const people = new People(app)
  const { id } = await makePerson(gatehouse)
  await app.scope(async () => {
    await app.roles.create({ name: 'editor' }, { by: operator })
    await app.assignments.assign(await app.accounts.find(id), ['editor'], { by: operator })
  })
  await drained()
  await withoutTriggers(async () => {
    t.true((await people.find(id))?.roles.includes('editor'))
    await app.scope(() => app.roles.remove('editor', { by: operator }))
    t.false((await people.find(id))?.roles.includes('editor'))
  })
})

if (servers()) {
  test.serial(
    'a value read by another request before a change is committed is not cached after the commit',
    async t => {
      const people = new People(app)
      const { id } = await makePerson(gatehouse)
      await drained()
      await withoutTriggers(async () => {
        await app.scope(async () => {
          const account = await app.accounts.find(id)
          await app.atomically.on(account, { by: operator }, async () => {
            account.suspend(app.clock.now())
            await app.em.flush()
            t.true((await people.find(id))?.active)
          })
        })
        t.false((await people.find(id))?.active)
      })
    },
  )

  // The email queue listens too, on its own channel.
  const LISTENING = `from pg_stat_activity where datname = current_database() and query ilike 'listen%${CHANNEL}%'`
  const listening = async () => (await sql(`select 1 ${LISTENING}`)).length
  const disconnect = () => sql(`select pg_terminate_backend(pid) ${LISTENING}`)

  test.serial('when the notification connection is lost, nothing is cached until it is restored', async t => {
    const { id } = await makePerson(gatehouse)
    const cache = new Cache({
      changes: app.changes,
      topic: 'account',
      load: async key => (await sql<{ name: string }>('select name from account where id = ?', [key]))[0] ?? null,
    })
    const cached = async () => (await cache.get(id)) ?? {}
    const isCached = async () => {
      const [one, another] = [await cached(), await cached()]
      return one === another
    }
    t.true(await eventually(isCached))

    await disconnect()
    t.true(await eventually(() => !app.changes.receiving))
    t.false(await isCached())
    await sql('update account set name = ? where id = ?', ['without notification', id])
    t.deepEqual(await cached(), { name: 'without notification' })

    t.true(await eventually(() => app.changes.receiving))
    t.true(await eventually(isCached))
    await sql('update account set name = ? where id = ?', ['with notification', id])
    t.true(await eventually(async () => JSON.stringify(await cached()) === '{"name":"with notification"}'))
    t.is(await listening(), 1)
  })

  test.serial('a listener that is stopped while it reconnects does not start again', async t => {
    const changes = new Changes()
    await changes.start(
      postgresListener(app.database.connection!, CHANNEL, payload => sql('select pg_notify(?, ?)', [CHANNEL, payload])),
    )
    t.is(await listening(), 2)
    await disconnect()
    t.true(await eventually(() => !changes.receiving && !app.changes.receiving))
    await changes.stop()
    t.true(await eventually(() => app.changes.receiving))
    t.false(await eventually(async () => (await listening()) > 1, 1.5))
    t.false(changes.receiving)
  })
}
