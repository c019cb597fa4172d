import test from 'ava'
import type { Logger } from '../../src/base/log.ts'
import { AuditChaining } from '../../src/ops/audit-chaining.ts'
import { insertSql, link, record, verify } from '../audit-chain/recorded.ts'
import { openCommandLine } from '../cli/command-line.ts'
import { StoppedClock } from '../support/stopped-clock.ts'
import { waitFor } from '../support/wait-for.ts'
import { chainHeld, silent } from './held-chain.ts'

/** A command line whose clock goes fast, so that a minute of waiting takes no time. */
async function open(t: { teardown(work: () => Promise<void>): void }, log: Partial<Logger> = {}) {
  const clock = new StoppedClock('2027-01-01')
  const cli = await openCommandLine({}, { clock, log: { ...silent, ...log } as Logger })
  const ticking = setInterval(() => clock.advance(2), 50)
  t.teardown(async () => {
    clearInterval(ticking)
    await cli.stop()
  })
  await link(cli.app)
  return cli
}

const HOLDER = String.raw`PostgreSQL process \d+ \(gatehouse, role .+, idle in transaction for \d+ s\)`
const NOTICE = new RegExp(`^waiting for the audit chain: ${HOLDER} holds it$`, 'm')
const GIVEN_UP = new RegExp(`the audit chain was in use for 6\\d s: ${HOLDER} holds it$`, 'm')

for (const [line, prepare] of [
  ['audit head', null],
  ['audit adopt --yes', insertSql()],
] as const)
  test(`gatehouse ${line} says which session holds the chain, and gives up after a minute`, async t => {
    const { app, run } = await open(t)
    if (prepare) await app.em.fork().execute(prepare)
    await record(app, 1)
    const release = await chainHeld(app)
    const { code, out, err } = await run(line)
    t.is(code, 8)
    t.is(out, '')
    t.regex(err, NOTICE)
    t.regex(err, GIVEN_UP)
    t.regex(err, /pg_terminate_backend/)
    t.is(err.match(/waiting for/g)?.length, 1)
    await release()
    t.is((await run(line)).code, 0)
    t.is((await verify(app)).verdict, 'proven')
  })

test('a command goes on once the chain is free', async t => {
  const { app, run } = await open(t)
  await record(app, 1)
  const release = await chainHeld(app)
  const [head] = await Promise.all([run('audit head --json'), release()])
  t.is(head.code, 0)
  t.is(JSON.parse(head.out).seq > 0, true)
})

test('a server says after a minute that events are not linked, and which session holds the chain', async t => {
  const logged: { holder?: string }[] = []
  const warn = ((details: object) => logged.push(details)) as Logger['warn']
  const { app } = await open(t, { warn })
  await record(app, 1)
  const release = await chainHeld(app)
  const chaining = new AuditChaining(app)
  chaining.start()
  await waitFor(() => logged.length > 0)
  t.regex(logged[0]?.holder ?? '', new RegExp(`^${HOLDER}$`))
  await release()
  await waitFor(async () => (await app.em.fork().execute('select from audit_event where pending')).length === 0)
  await chaining.stop()
  t.is(logged.length, 1)
})
