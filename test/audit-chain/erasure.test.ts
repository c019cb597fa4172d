import test from 'ava'
import type { Actor } from '../../src/base/actor.ts'
import { operator } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { Keyring } from '../credentials/keyring.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { link, verdictAfter, verify } from './recorded.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const keyring = new Keyring(gatehouse)
test.after.always(() => gatehouse.stop())

const rowsOf = async (id: string) => {
  const rows = await app.em
    .fork()
    .execute<{ row: string }[]>(
      `select (to_jsonb(e) - 'mac')::text as row from audit_event e where subject = '${id}' or actor_id = '${id}'`,
    )
  return rows.map(({ row }) => row).join('\n')
}
const erase = (id: string) => app.scope(async () => app.erasure.of(await app.accounts.find(id), { by: operator }))

/** A person with events of every origin. */
async function personWithHistory() {
  const { id, email } = await makePerson(gatehouse, { name: 'Xaverine' })
  const by: Actor = { kind: 'account', id, ip: '203.0.113.77', userAgent: 'Xavernaut/1.0', requestId: 'request-x' }
  await keyring.add(id, keyring.newKey(), { name: "Xaverine's phone" })
  await app.scope(async () => app.profiles.update(await app.accounts.find(id), { nickname: 'Xavi' }, { by }))
  await app.scope(() =>
    app.audit.write('sign-in.refused', {
      by: { ...by, kind: 'visitor', id: null },
      subject: id,
      target: null,
      reason: 'wrong-password',
    }),
  )
  await app.scope(() =>
    app.audit.write('factor.passkey-removed', { by: operator, subject: id, target: "Xaverine's phone" }),
  )
  return { id, email }
}

test.serial(
  'after an account is erased, no name or address of the person is in the audit log, which stays proven',
  async t => {
    const { id, email } = await personWithHistory()
    await link(app)
    const personal = new RegExp(`Xav|203\\.0\\.113\\.77|request-x|${email}`)
    t.regex(await rowsOf(id), personal)
    await erase(id)
    t.notRegex(await rowsOf(id), personal)
    t.true((await rowsOf(id)).split('\n').length > 4, 'what happened stays')
    await link(app)
    t.like(await verify(app), { verdict: 'proven', counts: {} })
  },
)

test.serial('the same counts for events that wait for their link', async t => {
  const { id } = await personWithHistory()
  await erase(id)
  t.notRegex(await rowsOf(id), /Xav|203\.0\.113\.77|request-x/)
  await link(app)
  t.like(await verify(app), { verdict: 'proven', counts: {} })
})

test.serial('an event that was altered before is not proven by erasing the account', async t => {
  const { id } = await personWithHistory()
  await link(app)
  const event = `subject = '${id}' and kind = 'sign-in.refused'`
  await app.em.fork().execute(`update audit_event set reason = 'domain' where ${event}`)
  await erase(id)
  await link(app)
  t.notRegex(await rowsOf(id), /Xav|203\.0\.113\.77/)
  t.deepEqual((await verify(app)).counts, { altered: 1 })
  await app.em.fork().execute(`delete from audit_event where ${event}`)
})

test.serial('who erases personal data by SQL alone, or alters an event of an erased account, is found', async t => {
  const [before, erased] = [await personWithHistory(), await personWithHistory()]
  await link(app)
  await erase(erased.id)
  await link(app)
  const known = (await verify(app)).counts
  const added = async (sql: string) => {
    const { counts } = await verdictAfter(app, sql)
    return (counts.altered ?? 0) - (known.altered ?? 0)
  }
  const one = (id: string) => `where subject = '${id}' and kind = 'sign-in.refused'`
  t.is(await added(`update audit_event set ip = null, user_agent = null, request_id = null ${one(before.id)}`), 1)
  t.is(await added(`update audit_event set success = true ${one(erased.id)}`), 1)
  t.is(await added(`update audit_event set ip = '203.0.113.1' ${one(erased.id)}`), 1)
})

test.serial('pending registrations that are erased leave no address either', async t => {
  const by: Actor = { kind: 'visitor', id: null, ip: '203.0.113.99', userAgent: 'Xavernaut/1.0' }
  const { id } = await app.scope(() => app.registration.create({ email: 'pending@example.org' }, { by }))
  await link(app)
  await app.em.fork().execute(`update account set pending_since = now() - interval '30 days' where id = '${id}'`)
  t.is(await app.scope(() => app.erasure.ofStale()), 1)
  t.notRegex(await rowsOf(id), /Xav|203\.0\.113\.99/)
})

test.serial('erasing an account reads only its own events, however many there are', async t => {
  const read = async () => {
    const [row] = await app.em.execute<{ read: string }[]>(
      `select seq_tup_read::text as read from pg_stat_xact_user_tables where relname = 'audit_event'`,
    )
    return Number(row!.read)
  }
  await app.scope(() =>
    app.atomically.decoy(async () => {
      await app.em.execute(`insert into audit_event (id, kind, success, actor_kind, actor_id, subject, at)
        select gen_random_uuid(), 'sign-in.completed', true, 'account', n::text, gen_random_uuid(), now()
        from generate_series(1, 30000) as n`)
      await app.em.execute('analyze audit_event')
      const before = await read()
      await app.erasedEvents.anonymize([newId()])
      t.is((await read()) - before, 0)
    }),
  )
})
