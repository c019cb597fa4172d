import test from 'ava'
import type { Actor } from '../../src/base/actor.ts'
import { operator } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { Keyring } from '../credentials/keyring.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { Hooks } from '../webhooks/hooks.ts'
import { link, verdictAfter, verify, visitor } from './recorded.ts'

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
  await link(app)
  const { counts } = await verify(app)
  t.is(counts.erased, undefined)
})

test.serial('an account that SQL made look unverified is not swept without a trace', async t => {
  const { id } = await personWithHistory()
  await link(app)
  const known = await verify(app)
  await app.em.fork().execute(`update account set pending_since = now() - interval '30 days' where id = '${id}'`)
  t.is(await app.scope(() => app.erasure.ofStale()), 1)
  const [newest] = await app.scope(() => app.audit.of(id, { limit: 1 }))
  t.like(newest?.summary(), { kind: 'account.erased', reason: 'unverified', actor: 'system', subject: id })
  await link(app)
  t.deepEqual((await verify(app)).counts, known.counts)
})

test.serial('personal data may only be missing from the events of an account whose erasure is proven', async t => {
  const [erased, other] = [await personWithHistory(), await personWithHistory()]
  await link(app)
  const known = (await verify(app)).counts
  const added = async (...statements: string[]) => {
    const { counts } = await verdictAfter(app, ...statements)
    const names = [...new Set([...Object.keys(known), ...Object.keys(counts)])] as (keyof typeof counts)[]
    return Object.fromEntries(
      names
        .map(name => [name, (counts[name] ?? 0) - (known[name] ?? 0)] as const)
        .filter(([, difference]) => difference !== 0),
    )
  }
  const erasure = `from audit_event where kind = 'account.erased' and subject = '${erased.id}'`
  await erase(other.id)
  await app.scope(() =>
    app.atomically.decoy(async () => {
      await app.erasure.of(await app.accounts.find(erased.id), { by: operator })
      t.deepEqual((await app.auditVerification.run()).counts, known)
      await app.em.execute(`delete ${erasure}`)
      const { erased: count = 0, ...others } = (await app.auditVerification.run()).counts
      t.true(count > (known.erased ?? 0), 'it was removed before it had a link')
      t.deepEqual(others, known)
    }),
  )
  await erase(erased.id)
  const count = (await rowsOf(erased.id)).split('\n').length

  await link(app)
  t.deepEqual(await added(), {})
  t.deepEqual(await added(`delete ${erasure}`), { removed: 1, erased: count - 1 })
  t.deepEqual(await added(`update audit_event set reason = 'unverified' where id in (select id ${erasure})`), {
    altered: 1,
    erased: count - 1,
  })
  const linked = `from audit_link where event_id in (select id ${erasure})`
  t.deepEqual(await added(`delete ${linked}`), { 'link removed': 1, unlinked: 1, erased: count - 1 })
  t.deepEqual(await added(`update audit_link set proof = 'adopted' where seq in (select seq ${linked})`), {
    'link altered': 1,
    erased: count,
  })
})

test.serial('an erasure explains nothing of events that were written after it', async t => {
  const { id } = await personWithHistory()
  await erase(id)
  await link(app)
  const known = (await verify(app)).counts
  // Someone put the account back by SQL, under the same ID.
  const later = { by: { ...visitor, kind: 'account', id }, subject: id } as const
  await app.scope(() => app.audit.write('password.set', later))
  await app.scope(() => app.erasedEvents.anonymize([id]))
  await link(app)
  t.deepEqual((await verify(app)).counts, { ...known, erased: 1 + (known.erased ?? 0) })
  await app.em.fork().execute(`delete from audit_event where kind = 'password.set' and subject = '${id}'`)
})

test.serial('any number of registrations is swept at once, each with a record, and webhooks get these', async t => {
  const hooks = new Hooks(gatehouse)
  const { id: webhook } = await hooks.add('https://127.0.0.1:1/hook', ['account.erased'])
  const count = 1100
  const { counts: known } = await verify(app)
  await app.em.fork().execute(`
    insert into account (id, email, email_verified, profile, created_at, pending_since)
    select gen_random_uuid(), 'swept-' || n || '@example.org', false, '{}', now(), now() - interval '30 days'
    from generate_series(1, ${count}) as n`)
  const select = `select count(*)::int as count from audit_event where kind = 'account.erased' and reason = 'unverified'`
  const erased = async () => (await app.em.fork().execute<{ count: number }[]>(select))[0]!.count
  const before = await erased()
  t.is(await app.scope(() => app.erasure.ofStale()), count)
  t.is((await erased()) - before, count)
  const queued = await app.em
    .fork()
    .execute<{ count: number }[]>(
      `select count(*)::int as count from webhook_delivery where webhook_id = '${webhook}' and kind = 'account.erased'`,
    )
  t.is(queued[0]!.count, count)
  await hooks.cli.run(`webhooks remove ${webhook} --yes`)
  await link(app)
  t.deepEqual((await verify(app)).counts, known)
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
