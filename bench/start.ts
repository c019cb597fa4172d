/**
 * `node bench/start.ts`: time from the start of the process to its first answer, on an empty data folder and on an
 * existing one, embedded and on PostgreSQL + Redis; and the memory of an idle worker.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, rss, start } from './measure/processes.ts'
import { startServices } from './measure/services.ts'
import { aligned, median } from './report.ts'
import { gatehouseEnv, untilDiscovered } from './subjects.ts'

const rounds = 3
const server = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const results = new Map<string, Run[]>()

interface Run {
  seconds: number
  rss: number
}

const services = await startServices()
try {
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-data-'))
    const [port, demoPort] = [await freePort(), await freePort()]
    const issuer = `http://127.0.0.1:${port}`
    const embedded = {
      ...plain(),
      PUBLIC_URL: issuer,
      PORT: String(port),
      DEMO_PORT: String(demoPort),
      DATA_DIR: dataDir,
    }
    await timed('embedded, fresh folder', issuer, embedded)
    await timed('embedded, second start', issuer, embedded)

    const databaseUrl = services.postgres(`gatehouse_start_${round}`)
    const given = { issuer, port, databaseUrl, redisUrl: services.redis(round), dataDir, workers: 1 }
    await timed('PostgreSQL + Redis, empty database', issuer, gatehouseEnv(given))
    await timed('PostgreSQL + Redis', issuer, gatehouseEnv(given))
    rmSync(dataDir, { recursive: true, force: true })
  }
} finally {
  await services.stop()
}
const lines = [...results].map(([what, runs]) => [
  what,
  median(runs.map(run => run.seconds)).toFixed(2),
  median(runs.map(run => run.rss)).toFixed(0),
])
console.log(aligned([['start', 's to first answer', 'idle RSS MB'], ...lines]))

async function timed(what: string, issuer: string, env: NodeJS.ProcessEnv) {
  const begun = performance.now()
  const started = start(process.execPath, [server, 'serve'], { env })
  await untilDiscovered(started, issuer, 10)
  const seconds = (performance.now() - begun) / 1000
  await sleep(3000)
  results.set(what, [...(results.get(what) ?? []), { seconds, rss: rss(started.pid) }])
  await started.stop()
}

/** The environment of a first start, without any configuration. */
function plain(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME }
}
