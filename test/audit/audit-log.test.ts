import test from 'ava'
import { type Actor, operator, system } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const { audit, scope } = app
test.after.always(() => gatehouse.stop())

const visitor = (userAgent: string | null): Actor => ({ kind: 'visitor', id: null, ip: '192.0.2.7', userAgent })
const write = (by: Actor, subject = newId()) =>
  scope(async () => {
    await audit.write('password.set', { by, subject })
    return (await audit.of(subject))[0]!
  })

test('A-08: an event records what happened, who did it, to whom, from where and when', async t => {
  const [subject, client] = [newId(), newId()]
  const by = { kind: 'client', id: client, ip: '2001:db8::1', userAgent: 'Example/1.0', requestId: 'req-1' } as const
  const before = Date.now()
  await scope(() => audit.write('sign-in.refused', { by, subject, target: 'shop', reason: 'wrong-password' }))
  const [event] = await scope(() => audit.of(subject))
  const { at, ...rest } = event!.summary()
  t.true(at.getTime() >= before && at.getTime() <= Date.now())
  t.deepEqual(rest, {
    kind: 'sign-in.refused',
    success: false,
    reason: 'wrong-password',
    actor: `client:${client}`,
    subject,
    target: 'shop',
    ip: '2001:db8::1',
    userAgent: 'Example/1.0',
    requestId: 'req-1',
    changes: null,
  })
})

test('A-08: a User-Agent is recorded as one line of limited length', async t => {
  const userAgents: [sent: string, kept: string][] = [
    ['a\r\n2026-07-14 sign-in.succeeded actor=admin', 'a  2026-07-14 sign-in.succeeded actor=admin'],
    ['a\u001b[2Jb', 'a [2Jb'],
    ['a\u0085b\u200bc\u202ed', 'a b c d'],
    ['a\0b', 'a b'],
    ['\ud800', ' '],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['x'.repeat(5000), 'x'.repeat(400)],
  ]
  for (const [sent, kept] of userAgents) t.is((await write(visitor(sent))).userAgent, kept)
  t.is((await write(visitor(null))).userAgent ?? null, null)
})

test('an actor without an ID is shown by its kind', async t => {
  t.is((await write(operator)).summary().actor, 'operator')
  t.is((await write(system)).summary().actor, 'system')
  t.is((await write(visitor(null))).summary().actor, 'visitor')
})

test('the history of an account is newest first, limited, and only of this account', async t => {
  const [ada, grace] = [newId(), newId()]
  await scope(async () => {
    for (let i = 0; i < 60; i++)
      audit.record('role.assigned', { by: operator, subject: i % 2 ? ada : grace, target: `role-${i}` })
    await audit.write('password.set', { by: operator, subject: ada })
  })
  const history = await scope(() => audit.of(ada, { limit: 10 }))
  t.deepEqual(
    history.map(({ kind, target }) => target ?? kind),
    ['password.set', ...[59, 57, 55, 53, 51, 49, 47, 45, 43].map(each => `role-${each}`)],
  )
  t.is((await scope(() => audit.of(ada))).length, 31)
})

test('A-08: an event is written together with its change or not at all', async t => {
  const subject = newId()
  await scope(async () => audit.record('password.set', { by: operator, subject }))
  await t.throwsAsync(
    scope(() =>
      app.em.transactional(async () => {
        await audit.write('password.removed', { by: operator, subject })
        throw new Error('rolled back')
      }),
    ),
  )
  t.deepEqual(await scope(() => audit.of(subject)), [])
})

test('events stay in the audit log when the account is erased', async t => {
  const account = await scope(() => app.registration.create({ email: 'gone@example.org' }, { by: operator }))
  await app.em.fork().execute('delete from account where id = ?', [account.id])
  t.true((await scope(() => audit.of(account.id))).length > 0)
})
