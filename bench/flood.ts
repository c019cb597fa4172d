/**
 * `node bench/flood.ts`: people sign in, first alone and then while one address sends 3,000 authorization requests with a
 * state of 11 kB, and again with one of 4 kB, in six seconds. Reported: how long a sign-in takes, how the flood is
 * answered, and by how much Redis grows. Loopback only, about 25 seconds of load.
 */
import { Redis } from 'ioredis'
import type { Fixture } from './fixture.ts'
import { Connection } from './load/connection.ts'
import { prepare } from './measure/load.ts'
import { startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { startSubject } from './subjects.ts'

const REQUESTS = 3_000
const SECONDS = 6
const CONNECTIONS = 20

const services = await startServices()
// The default limit; the other load comes from many addresses.
const subject = await startSubject(services, {
  name: 'gatehouse',
  workers: 1,
  accounts: 64,
  env: { REQUEST_LIMIT_IP: '1200/1m' },
})
const redis = new Redis(services.redis(1))
try {
  const rows = [['situation', 'sign-ins', 'p50 ms', 'p95 ms', 'answers to the flood', 'Redis grew by MB']]
  for (const [situation, length] of [
    ['alone', 0],
    ['11 kB state', 11_000],
    ['4 kB state', 4_000],
  ] as const) {
    const job = {
      fixture: subject.fixture,
      step: 'sign-in' as const,
      connections: 4,
      warmupSeconds: 1,
      seconds: SECONDS,
    }
    const people = await prepare(job, subject.pid, services)
    const before = await used()
    const [signIns, answers] = await Promise.all([people.run(), length ? flood(subject.fixture, length) : null])
    const grown = ((await used()) - before) / 1e6
    const { p50, p95 } = signIns.latency.whole!
    rows.push([situation, String(signIns.count), p50.toFixed(0), p95.toFixed(0), answers ?? '', grown.toFixed(1)])
  }
  console.log(aligned(rows))
} finally {
  redis.disconnect()
  await subject.stop()
  await services.stop()
}

async function used(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

/** From one address for each length, evenly over the seconds. @returns how many answers had which status */
async function flood({ issuer, web }: Fixture, length: number): Promise<string> {
  const query = new URLSearchParams({
    client_id: web.id,
    redirect_uri: web.redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'x'.repeat(length),
  })
  const counts = new Map<string, number>()
  const begun = performance.now()
  let sent = 0
  const send = async (connection: Connection) => {
    while (sent < REQUESTS) {
      const due = begun + (sent++ / REQUESTS) * SECONDS * 1000
      const early = due - performance.now()
      if (early > 1) await new Promise(resolve => setTimeout(resolve, early))
      const answer = await connection.ask({ method: 'GET', path: `/auth?${query}`, headers: { accept: 'text/html' } })
      const refused = String(answer.headers.location ?? '').includes('error=invalid_request')
      const what = refused ? 'invalid_request' : String(answer.status)
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
  }
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(issuer, 5_000 + length))
  await Promise.all(connections.map(send))
  await Promise.all(connections.map(connection => connection.close()))
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ')
}
