/**
 * `npm test`: the whole suite on the storages that this machine offers, on both at the same time. Embedded storage is
 * always available; PostgreSQL and Redis are those of TEST_DATABASE_URL and TEST_REDIS_URL, or are started for this run
 * if the programs are installed. `support/suite/selection.ts` says what runs on which, and in which processes. Arguments
 * are passed to AVA: `npm test -- test/clients/clients.test.ts --match='*secret*'`.
 *
 * `--all` (or CI=true, or REQUIRE_ALL=1) turns what is missing or skipped into a failure, and runs each file that failed
 * once more, by itself: if it passes then, it is named as flaky. STORAGE=embedded or STORAGE=servers runs only that one.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareStorage } from './support/storage.ts'
import { type Counts, runAva } from './support/suite/ava.ts'
import { removeBundles, writeBundles } from './support/suite/bundles.ts'
import { cpuSeconds } from './support/suite/cpu.ts'
import { interrupted, nameOn, printSlowest, readReport, type Timing, type Usage } from './support/suite/report.ts'
import { type Group, grouped } from './support/suite/selection.ts'

/** Compiled modules, shared by all processes of this run and of later ones. */
const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/gatehouse-compiled', import.meta.url)),
}
const { CI, REQUIRE_ALL, STORAGE } = process.env
const args = process.argv.slice(2).filter(arg => arg !== '--all')
const all = process.argv.includes('--all') || CI === 'true' || REQUIRE_ALL === '1'
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const timings: Timing[] = []
const usage: Usage[] = []
const flaky: string[] = []
/** Files that failed only because another file crashed the process that they share. */
const crashedWithOthers = new Set<string>()
let runs = 0

// Ctrl-C reaches AVA too, which reports what was pending and ends; then the servers are stopped as always.
process.on('SIGINT', () => {})

const { storages, folder, stop } = await prepareStorage(STORAGE)
try {
  console.log(`storage: ${storages.map(storage => storage.title).join(', ') || 'none'}\n`)
  if (args.length === 0) count(await runSuite())
  for (const { title, env } of args.length > 0 ? storages : []) {
    console.log(`\non ${title}`)
    count(await runAva(args, { ...COMPILED, ...env }))
  }
} finally {
  await removeBundles()
  await stop()
}

if (!storages.some(storage => storage.name === 'servers') && STORAGE !== 'embedded') {
  console.log('Nothing ran on PostgreSQL and Redis: this machine does not have both.')
  if (all) total.failed += 1
}
if (all) total.failed += total.skipped

printSlowest({ timings, usage })
console.log(`\n${cpuSeconds().toFixed(0)} CPU seconds in ${process.uptime().toFixed(0)} s`)
console.log()
for (const file of flaky) console.log(`flaky: ${file}`)
const { passed, failed, skipped } = total
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

function count(results: Map<string, Counts>): void {
  for (const { passed, failed, skipped } of results.values()) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
}

async function runSuite(): Promise<Map<string, Counts>> {
  const { together, timed } = grouped(storages)
  const results = new Map([...(await runGroups(together, 2 * availableParallelism())), ...(await runGroups(timed, 1))])
  for (const { storage, files } of all ? [...together, ...timed] : []) {
    for (const file of files) {
      const name = nameOn(storage.name, file)
      if (!results.get(name)?.failed) continue
      console.log(`\n${name} failed: once more, by itself`)
      const again = await runGroups([{ storage, files: [file] }], 1)
      if (again.values().every(({ failed }) => failed === 0) && !crashedWithOthers.has(name)) flaky.push(name)
      results.set(name, again.get(name)!)
    }
  }
  return results
}

/**
 * Runs each group of files in a process. If the process crashes, all of its files have failed, although those with
 * nothing running at that moment did not cause it.
 */
async function runGroups(groups: Group[], concurrency: number): Promise<Map<string, Counts>> {
  if (groups.length === 0) return new Map()
  const path = join(folder, `report-${runs++}`)
  const bundles = await writeBundles(groups)
  const results = await runAva([`--concurrency=${concurrency}`, ...bundles], { ...COMPILED, TEST_REPORT: path })
  const report = readReport(path)
  timings.push(...report.timings)
  usage.push(...report.usage)
  const ended = new Set(report.usage.flatMap(one => one.ended))
  for (const [i, { storage, files }] of groups.entries()) {
    const names = files.map(file => nameOn(storage.name, file))
    const failed = results.delete(bundles[i]!)
    const crashed = failed ? names : names.filter(name => !ended.has(name))
    if (crashed.length === 0) continue
    const running = interrupted(report, crashed)
    for (const title of running) console.log(`crashed: ${title}`)
    for (const name of crashed) {
      const { passed = 0, failed = 0, skipped = 0 } = results.get(name) ?? {}
      results.set(name, { passed, failed: Math.max(failed, 1), skipped })
      if (running.length > 0 && !running.some(title => title.startsWith(`${name} ›`))) crashedWithOthers.add(name)
    }
  }
  return results
}
