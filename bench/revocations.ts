/**
 * `node bench/revocations.ts [TIMES]`: how long the four example APIs accept a JWT access token after it was revoked, for
 * several ways to revoke, each so many times (20 without the argument). Two workers, PostgreSQL and Redis; loopback only.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { operator } from '../src/base/actor.ts'
import { startExampleApis } from '../test/support/example-apis.ts'
import { makePerson, type Person } from '../test/support/people.ts'
import { RelyingParty } from '../test/support/relying-party.ts'
import { startTwoWorkers } from '../test/support/two-workers.ts'
import { latency } from './load/latency.ts'
import { startServices } from './measure/services.ts'
import { aligned } from './report.ts'

const API = 'https://orders.bench.example'
const LOOK_MS = 5
const LONGEST_MS = 60_000
const by = operator
const times = Number(process.argv[2] ?? 20)

const services = await startServices()
const redisUrl = services.redis(1)
const gatehouse = await startTwoWorkers({ databaseUrl: services.postgres('gatehouse_revocations'), redisUrl })
const { app, url } = gatehouse
await app.scope(() => app.resources.register({ id: API, name: 'Orders', scopes: [{ name: 'orders:read' }] }, { by }))
await app.scope(() => app.roles.create({ name: 'clerk', description: '' }, { by }))
const apis = await startExampleApis(url, API)

interface Stay {
  person: Person
  rp: RelyingParty
  token: string
}

const ways: Record<string, (stay: Stay) => Promise<unknown>> = {
  'revocation by the application': ({ rp, token }) => rp.post('/token/revocation', { token }),
  'end of the session': ({ person }) => app.scope(() => app.sessions.revokeOthers(person.id, null, { by })),
  'withdrawn consent': ({ person, rp }) => app.scope(() => app.consents.revoke(person.id, rp.id, { by })),
  suspension: ({ person }) => app.scope(() => app.suspension.suspend(person.id, { by })),
  'a lost role': ({ person }) =>
    app.scope(async () => app.assignments.unassign(await app.accounts.find(person.id), ['clerk'], { by })),
  'a removed application': ({ rp }) => app.scope(() => app.clients.remove(rp.id, { by })),
  'suspension, Redis emptied before': async ({ person }) => {
    const redis = new Redis(redisUrl)
    await redis.flushdb()
    redis.disconnect()
    await app.scope(() => app.suspension.suspend(person.id, { by }))
  },
}

const rows = [['revoked by', 'times', 'p50 ms', 'p99 ms', 'slowest ms']]
const all: number[] = []
try {
  for (const [way, revoke] of Object.entries(ways)) {
    const taken: number[] = []
    for (let time = 0; time < times; time += 1) taken.push(...(await measure(await signIn(), revoke)))
    rows.push(row(way, taken))
    all.push(...taken)
  }
  rows.push(row('all', all))
  console.log(aligned(rows))
} finally {
  for (const api of apis) api.stop()
  await gatehouse.stop()
  await services.stop()
}

async function signIn(): Promise<Stay> {
  const person = await makePerson(gatehouse, { roles: ['clerk'] })
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'orders:read'] })
  const { tokens } = await rp.signIn(person, { scope: 'openid orders:read', resource: API })
  return { person, rp, token: tokens.access_token }
}

/** Milliseconds from the moment at which the revocation was answered until each API refuses the token. */
async function measure(stay: Stay, revoke: (stay: Stay) => Promise<unknown>): Promise<number[]> {
  for (const api of apis)
    if ((await api.status(stay.token)) !== 200) throw new Error(`${api.framework} refuses a token that is valid`)
  await revoke(stay)
  const began = performance.now()
  return Promise.all(
    apis.map(async api => {
      while ((await api.status(stay.token)) !== 401) {
        if (performance.now() - began > LONGEST_MS) throw new Error(`${api.framework} still accepts the token`)
        await sleep(LOOK_MS)
      }
      return performance.now() - began
    }),
  )
}

function row(way: string, taken: number[]): string[] {
  const { p50, p99 } = latency(taken)
  return [way, String(taken.length), p50.toFixed(0), p99.toFixed(0), Math.max(...taken).toFixed(0)]
}
