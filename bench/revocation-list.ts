/**
 * `node --expose-gc bench/revocation-list.ts [ENTRIES]`: how long an API takes to read a list of so many revoked tokens (a
 * million without the argument) from Gatehouse with two workers, and how much memory it needs for it. Loopback only.
 */
import { protect } from 'gatehouse/resource-server'
import { startTwoWorkers } from '../test/support/two-workers.ts'
import { startServices } from './measure/services.ts'

const entries = Number(process.argv[2] ?? 1_000_000)

const services = await startServices()
const stores = { databaseUrl: services.postgres('gatehouse_revocation_list'), redisUrl: services.redis(1) }
const gatehouse = await startTwoWorkers(stores)
try {
  await gatehouse.app.em.fork().execute(
    `insert into token_revocation (key, expires_at)
     select uuid_send(gen_random_uuid()), now() + interval '1 hour' from generate_series(1, ?)`,
    [entries],
  )
  // So many at once are numbered before, as they are when they come one by one.
  await gatehouse.app.tokenRevocations.page(entries)
  await gatehouse.app.em.fork().execute('vacuum analyze token_revocation')
  const [before, began] = [memory(), performance.now()]
  const api = protect({ issuer: gatehouse.url, audience: 'https://api.bench.example' })
  await api.start()
  const seconds = (performance.now() - began) / 1000
  const after = memory()
  console.log(`${api.status().entries} entries read in ${seconds.toFixed(2)} s`)
  for (const kind of ['arrayBuffers', 'heapUsed', 'rss'] as const)
    console.log(`  ${kind.padEnd(12)} ${mib(before[kind])} MiB before, ${mib(after[kind])} after`)
  api.close()
} finally {
  await gatehouse.stop()
  await services.stop()
}

function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.()
  return process.memoryUsage()
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).padStart(7)
}
