import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'
import { link, record, verify } from '../audit-chain/recorded.ts'
import { openCommandLine } from '../cli/command-line.ts'

test('a head that is signed while verification runs is no finding', async t => {
  const { app, stop } = await openCommandLine()
  t.teardown(stop)
  await record(app, 2)
  await link(app)
  const blocked = `select 1 from pg_locks where not granted and relation = 'audit_event'::regclass`
  const locked = Promise.withResolvers<void>()
  const signing = app.scope(() =>
    app.atomically(async () => {
      await app.em.execute('lock table audit_event in access exclusive mode')
      locked.resolve()
      // Verification has read the tip, and waits for this transaction.
      for (let tries = 0; tries < 2000 && (await app.em.execute(blocked)).length === 0; tries++);
      await app.audit.write('role.assigned', { by: operator, subject: newId(), target: 'x' })
      await app.auditHeads.make()
    }),
  )
  await locked.promise
  const verifying = verify(app)
  await signing
  t.like(await verifying, { verdict: 'proven', counts: {} })
  t.is((await verify(app)).verdict, 'proven')
})
