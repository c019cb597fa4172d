import test from 'ava'
import { openCommandLine } from '../cli/command-line.ts'
import { insertSql, link, record, verdictAfter, verify, visitor } from './recorded.ts'

// The threat: someone who can write SQL, but does not have SECRET_KEYS.
const { app, stop } = await openCommandLine()
const [, first = '', second = '', third = ''] = await record(app, 6)
await app.scope(() =>
  app.audit.write('role.updated', { by: visitor, target: 'editor', changes: { description: { from: 'a', to: 'b' } } }),
)
await link(app)
const changed = (await app.scope(() => app.audit.of(null, { limit: 1 })))[0]!.id
const [last] = await app.em.fork().execute<{ seq: string }[]>('select max(seq)::text as seq from audit_link')
const end = Number(last!.seq)
test.after.always(stop)

test.serial('events that no one has touched are proven', async t => {
  t.like(await verify(app), { verdict: 'proven', links: end, seq: end, deleted: 0, waiting: 0, counts: {} })
})

const ALTERATIONS: [column: string, value: string][] = [
  ['kind', "'role.unassigned'"],
  ['success', 'false'],
  ['reason', "'ended'"],
  ['actor_kind', "'operator'"],
  ['actor_id', 'null'],
  ['actor_id', "'someone-else'"],
  ['subject', 'null'],
  ['subject', "'0190a000-0000-7000-8000-000000000000'"],
  ['target', "'superuser'"],
  ['target', 'null'],
  ['ip', "'198.51.100.1'"],
  ['ip', 'null'],
  ['user_agent', "'Other/1.0'"],
  ['user_agent', "''"],
  ['request_id', "'request-2'"],
  ['request_id', 'null'],
  ['at', "at + interval '1 microsecond'"],
  ['at', "at - interval '1 day'"],
  ['at', "'infinity'"],
  ['at', "'-infinity'"],
  ['at', "'4000-01-01 BC'"],
  ['at', "'290000-01-01'"],
  ['changes', "'{}'"],
  ['changes', "'null'"],
  ['changes', `'{"a": 1e400, "\\u00e9": [1.0, 12345678901234567890123]}'`],
  ['anchor_seq', 'null'],
  ['anchor_seq', 'anchor_seq + 1'],
  ['anchor_link', 'null'],
  ['anchor_link', "decode(repeat('00', 32), 'hex')"],
  ['mac', 'null'],
  ['mac', "'\\x00'"],
  ['mac', "decode(repeat('00', 32), 'hex')"],
  ['mac', `(select mac from audit_event where id = '${second}')`],
]
for (const [column, value] of ALTERATIONS)
  test.serial(`an event is found whose ${column} was set to ${value.replace(second, 'another event')}`, async t => {
    const verdict = await verdictAfter(app, `update audit_event set ${column} = ${value} where id = '${first}'`)
    t.is(verdict.verdict, 'findings')
    t.deepEqual(verdict.counts, { altered: 1 })
    t.like(verdict.findings[0], { problem: 'altered', event: first })
  })

test.serial('changes are compared exactly, down to the way a number is written', async t => {
  const set = (json: string) => `update audit_event set changes = '${json}' where id = '${changed}'`
  t.is((await verdictAfter(app, set('{"description": {"to": "b", "from": "a"}}'))).verdict, 'proven')
  for (const json of ['{"description": {"to": "b", "from": "a", "x": 1}}', '{"description": {"to": "c", "from": "a"}}'])
    t.deepEqual((await verdictAfter(app, set(json))).counts, { altered: 1 })
})

test.serial('a column of every event is covered', async t => {
  const columns = await app.em
    .fork()
    .execute<{ name: string }[]>(
      `select column_name as name from information_schema.columns where table_name = 'audit_event' and table_schema = 'public'`,
    )
  const covered = new Set([...ALTERATIONS.map(([column]) => column), 'id', 'pending'])
  t.deepEqual(columns.map(({ name }) => name).sort(), [...covered].sort())
})

test.serial('an event that was removed, or got another ID, is found', async t => {
  const removed = await verdictAfter(app, `delete from audit_event where id = '${first}'`)
  t.deepEqual(removed.counts, { removed: 1 })
  t.like(removed.findings[0], { problem: 'removed', event: first })
  const moved = await verdictAfter(
    app,
    `update audit_event set id = '0190a000-0000-7000-8000-000000000000' where id = '${first}'`,
  )
  t.deepEqual(moved.counts, { removed: 1, inserted: 1 })
})

test.serial('two events that changed places are found', async t => {
  const swap = `update audit_event e set target = o.target, subject = o.subject, actor_id = o.actor_id, mac = o.mac
    from audit_event o where (e.id, o.id) in (('${first}', '${second}'), ('${second}', '${first}'))`
  t.deepEqual((await verdictAfter(app, swap)).counts, { altered: 2 })
})

test.serial('an event that was inserted is found, whatever it pretends', async t => {
  const forged = "decode(repeat('ab', 32), 'hex')"
  t.deepEqual((await verdictAfter(app, insertSql())).counts, { unlinked: 1 })
  t.deepEqual((await verdictAfter(app, insertSql({ mac: forged }))).counts, { inserted: 1 })
  t.deepEqual((await verdictAfter(app, insertSql({ pending: 'true' }))).counts, { inserted: 1 })
  t.deepEqual((await verdictAfter(app, insertSql({ pending: 'true', mac: forged, at: "'infinity'" }))).counts, {
    inserted: 1,
  })
  const copy = `insert into audit_event select '0190a000-0000-7000-8000-000000000000', kind, success, reason, actor_kind, actor_id,
    subject, target, ip, user_agent, at, request_id, changes, mac, pending, anchor_seq, anchor_link from audit_event where id = '${first}'`
  t.deepEqual((await verdictAfter(app, copy)).counts, { inserted: 1 })
})

test.serial('an event that was marked as new again is found, also one whose link was removed', async t => {
  const again = `update audit_event set pending = true where id = '${first}'`
  t.deepEqual((await verdictAfter(app, again)).counts, { 'marked as new': 1 })
  const unlinked = await verdictAfter(app, again, `delete from audit_link where event_id = '${first}'`)
  t.deepEqual(unlinked.counts, { 'link removed': 1 })
})

test.serial('links that were removed are found: one, several, the first, the last, all', async t => {
  const counts = async (where: string) => (await verdictAfter(app, `delete from audit_link where ${where}`)).counts
  t.deepEqual(await counts('seq = 3'), { 'link removed': 1, unlinked: 1 })
  t.deepEqual(await counts('seq between 2 and 4'), { 'link removed': 3, unlinked: 3 })
  t.deepEqual(await counts('seq = 1'), { 'link removed': 1, unlinked: 1 })
  t.deepEqual(await counts(`seq = ${end}`), { 'link removed': 1, unlinked: 1 })
  t.deepEqual(await counts('true'), { 'link removed': end, unlinked: end })
})

for (const [column, value] of [
  ['kind', "'role.removed'"],
  ['at', "at - interval '1 year'"],
  ['at', "'infinity'"],
  ['event_mac', 'null'],
  ['event_mac', "decode(repeat('00', 32), 'hex')"],
  ['proof', "'adopted'"],
  ['proof', "'nonsense'"],
  ['link', "decode(repeat('00', 32), 'hex')"],
  ['event_id', "'0190a000-0000-7000-8000-000000000000'"],
  ['seq', '-5'],
  ['seq', '9223372036854775807'],
])
  test.serial(`a link is found whose ${column} was set to ${value}`, async t => {
    const verdict = await verdictAfter(app, `update audit_link set ${column} = ${value} where event_id = '${third}'`)
    t.is(verdict.verdict, 'findings')
    t.true((verdict.counts['link altered'] ?? 0) + (verdict.counts['link removed'] ?? 0) > 0, JSON.stringify(verdict))
  })

test.serial('a tip that was altered, removed or set back is found', async t => {
  const statements = [
    'delete from audit_tip',
    'update audit_tip set seq = seq - 1',
    'update audit_tip set adopted = 7',
    "update audit_tip set adopted_to = '0190a000-0000-7000-8000-000000000000'",
    "update audit_tip set link = decode(repeat('00', 32), 'hex')",
  ]
  for (const statement of statements) t.deepEqual((await verdictAfter(app, statement)).counts, { tip: 1 }, statement)
  const begun = await verdictAfter(app, 'delete from audit_tip', 'delete from audit_link')
  t.deepEqual(begun.counts, { tip: 1, unlinked: end })
})

test.serial(
  'an audit key that is missing or was altered is found, and nothing is verified with another one',
  async t => {
    const statements = [
      'delete from audit_key',
      "update audit_key set sealed = 'v1.x'",
      "update audit_key set id = 'other'",
    ]
    for (const statement of statements) t.deepEqual((await verdictAfter(app, statement)).counts, { key: 1 }, statement)
    const unreadable = await verdictAfter(app, "update audit_key set sealed = 'v1.AAAAAAAA.AAAA'")
    t.like(unreadable, { verdict: 'unverified', counts: {} })
    t.regex(unreadable.reason ?? '', /SECRET_KEYS/)
  },
)

test.serial('the first findings are described, and all are counted', async t => {
  const verdict = await verdictAfter(app, 'delete from audit_event')
  t.is(verdict.counts.removed, end)
  t.is(verdict.findings.length, Math.min(20, end))
  t.deepEqual(Object.keys(verdict.findings[0]!).sort(), ['at', 'detail', 'event', 'problem', 'seq'])
})

test.serial('verification changes nothing', async t => {
  t.like(await verify(app), { verdict: 'proven', links: end })
})
