/**
 * `node bench/audit.ts --events 1000000 --before ../other-checkout`: what the audit trail costs. Sign-ins of another checkout and of
 * this one are made in turn, and their CPU time is compared, also that of PostgreSQL and of the chain. Then so many events
 * are linked, verified and exported; with `--export-only`, only exported.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createApp } from '../src/app.ts'
import { eventMac, type StoredEvent } from '../src/audit/event-mac.ts'
import { loadConfig } from '../src/base/config.ts'
import { newId } from '../src/base/ids.ts'
import { type ExportMemory, exportMemory } from './measure/audit-export.ts'
import { type Services, startServices } from './measure/services.ts'
import { aligned } from './report.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    before: { type: 'string' },
    rounds: { type: 'string', default: '10' },
    'sign-ins': { type: 'string', default: '200' },
    'export-only': { type: 'boolean', default: false },
  },
})
const HASHING = { 'the default hash': 'm=19456,t=2,p=1', 'a hash that takes no time': 'm=64,t=1,p=1' }
const SIGN_INS = Number(values['sign-ins'])
const FILL = 5000

const INSERT = `
  insert into audit_event (id, kind, success, actor_kind, subject, target, ip, user_agent, request_id, at, mac, pending)
  select id, kind, success, "actorKind", subject, target, ip, "userAgent", "requestId", to_timestamp(at), decode(mac, 'hex'), true
  from jsonb_to_recordset(?::jsonb) as n(id uuid, kind text, success boolean, "actorKind" text, subject uuid, target text,
    ip text, "userAgent" text, "requestId" text, at double precision, mac text)`

const services = await startServices()
try {
  if (values.before) await signIns(services, values.before)
  await events(services, Number(values.events))
} finally {
  await services.stop()
}

async function signIns(services: Services, before: string): Promise<void> {
  let number = 0
  for (const [title, hashing] of Object.entries(HASHING)) {
    const start = async (checkout: string) => {
      number++
      const databaseUrl = services.postgres(`gatehouse_audit_${number}`)
      const args = [checkout, databaseUrl, services.redis(number), hashing]
      const child = fork(new URL('measure/audit-sign-ins.ts', import.meta.url), args)
      await once(child, 'message')
      return { child, samples: [] as { cpu: number; postgres: number; time: number }[] }
    }
    const subjects = { before: await start(before), after: await start('.') }
    for (let round = 0; round < Number(values.rounds); round++) {
      const { before: one, after: other } = subjects
      for (const subject of round % 2 ? [one, other] : [other, one]) {
        const postgresBefore = services.postgresCpu() ?? 0
        subject.child.send(SIGN_INS)
        const [measured] = (await once(subject.child, 'message')) as [{ cpu: number; time: number }]
        const postgres = (1000 * ((services.postgresCpu() ?? 0) - postgresBefore)) / SIGN_INS
        if (round > 0) subject.samples.push({ ...measured, postgres })
      }
    }
    const rows = Object.entries(subjects).map(([name, { samples }]) => [
      name,
      ...(['cpu', 'postgres', 'time'] as const).map(each => median(samples.map(sample => sample[each])).toFixed(2)),
    ])
    console.log(`Sign-ins with ${title}, each\n\n${aligned([['', 'CPU ms', 'of PostgreSQL', 'time ms'], ...rows])}`)
    for (const { child } of Object.values(subjects)) child.kill('SIGKILL')
  }
}

async function events(services: Services, count: number): Promise<void> {
  const env = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    SECRET_KEYS: 'a key for a benchmark: 0123456789abcdefghij',
    DATABASE_URL: services.postgres('gatehouse_audit_events'),
    REDIS_URL: services.redis(9),
  }
  const app = await createApp(loadConfig(env))
  try {
    const key = app.auditKey.opened!
    const fill = async (more: number) => {
      for (let made = 0; made < more; made += FILL) {
        const rows = Array.from({ length: FILL }, newEvent).map(event => ({
          ...event,
          mac: eventMac(key.mac, 'event', event),
        }))
        await app.em.fork().execute(INSERT, [JSON.stringify(rows)])
      }
      await app.em.fork().execute('vacuum analyze audit_event')
      return more
    }
    await fill(count / 10)
    const few = await exportMemory(env)
    const filled = await measured('fill', () => fill(count - count / 10))
    const all = await exportMemory(env)
    console.log(exportTable([count / 10, few], [count, all]))
    if (values['export-only']) return
    const rows = [
      filled,
      await measured('link', () => app.scope(() => app.auditChain.appendAll())),
      await measured('verify', async () => {
        const { verdict, links } = await app.scope(() => app.auditVerification.run())
        if (verdict !== 'proven') throw new Error(`the verdict is ${verdict}`)
        return links
      }),
    ]
    console.log(aligned([['', 'events', 'seconds', 'events/s', 'most memory, MiB'], ...rows]))
  } finally {
    await app.close()
  }
}

function exportTable(...exports: [events: number, memory: ExportMemory][]): string {
  const rows = exports.map(([events, { seconds, bytes, tenths, most }]) =>
    [events, seconds.toFixed(1), Math.round(bytes / 2 ** 20), tenths.join(' '), most].map(String),
  )
  const heading = ['events', 'seconds', 'MiB written', 'MiB of memory at each tenth', 'most']
  return `Export by the command line\n\n${aligned([heading, ...rows])}`
}

function newEvent(): StoredEvent {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  return {
    id: newId(),
    at: `${now.getTime() / 1000}.000000`,
    kind: 'sign-in.succeeded',
    success: true,
    reason: null,
    actorKind: 'visitor',
    actorId: null,
    subject: newId(),
    target: 'shop',
    ip: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    requestId: 'abcdefgh-1',
    changes: null,
    anchorSeq: null,
    anchorLink: null,
    mac: null,
    pending: true,
  }
}

async function measured(name: string, work: () => Promise<number>): Promise<string[]> {
  let most = 0
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50)
  const began = performance.now()
  const count = await work()
  const seconds = (performance.now() - began) / 1000
  clearInterval(timer)
  const row = [name, count, seconds.toFixed(1), Math.round(count / seconds), Math.round(most / 2 ** 20)].map(String)
  console.log(row.join(' '))
  return row
}

function median(samples: readonly number[]): number {
  return samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)] ?? 0
}
