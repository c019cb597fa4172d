/**
 * `npm test`: the whole suite on the storages that this machine offers. Embedded storage is always there; PostgreSQL and
 * Redis are used where TEST_DATABASE_URL and TEST_REDIS_URL say, or else started for this run if the programs are
 * installed. `support/suite/selection.ts` says what runs on which, and in which processes. With arguments, AVA gets them
 * as they are: `npm test -- test/clients/clients.test.ts --match='*secret*'`.
 *
 * `--all` (or CI=true, or REQUIRE_ALL=1) turns what is missing or skipped into a failure, and runs each file that failed
 * once more, by itself: if it passes then, it is named as flaky. STORAGE=embedded or STORAGE=servers runs only that one.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareStorage, type Storage } from './support/storage.ts'
import { type Counts, runAva } from './support/suite/ava.ts'
import { removeBundles, writeBundles } from './support/suite/bundles.ts'
import { printSlowest, readReport, type Timing } from './support/suite/report.ts'
import { filesFor, grouped } from './support/suite/selection.ts'

/** Compiled modules, shared by all processes of this run and of later ones. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/gatehouse-compiled', import.meta.url))
const { CI, REQUIRE_ALL, STORAGE } = process.env
const args = process.argv.slice(2).filter(arg => arg !== '--all')
const all = process.argv.includes('--all') || CI === 'true' || REQUIRE_ALL === '1'
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const timings: Timing[] = []
const flaky: string[] = []
let runs = 0

// Ctrl-C reaches AVA too, which reports what was pending and ends; then the servers are stopped as always.
process.on('SIGINT', () => {})

const { storages, folder, stop } = await prepareStorage(STORAGE)
try {
  console.log(`storage: ${storages.map(storage => storage.title).join(', ') || 'none'}`)
  for (const storage of storages) {
    console.log(`\non ${storage.title}`)
    const results = args.length > 0 ? await runAva(args, environmentOf(storage)) : await runSuite(storage)
    for (const { passed, failed, skipped } of results.values()) {
      total.passed += passed
      total.failed += failed
      total.skipped += skipped
    }
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

printSlowest(timings)
console.log()
for (const file of flaky) console.log(`flaky: ${file}`)
const { passed, failed, skipped } = total
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

async function runSuite(storage: Storage): Promise<Map<string, Counts>> {
  const { together, timed } = grouped(filesFor(storage, storages), storage)
  const results = new Map([
    ...(await runGroups(storage, together)),
    ...(await runGroups(storage, timed, ['--concurrency=1'])),
  ])
  const failed = [...results.keys()].filter(file => file !== '' && results.get(file)!.failed > 0)
  for (const file of all ? failed : []) {
    console.log(`\n${file} failed: once more, by itself`)
    const again = await runGroups(storage, [[file]])
    const counts = again.get(file)!
    if (again.values().every(({ failed }) => failed === 0)) flaky.push(`${file} (${storage.title})`)
    results.set(file, counts)
  }
  return results
}

/** Runs each group of files in a process. A file that came to no end, because its process broke down, has failed. */
async function runGroups(storage: Storage, groups: string[][], options: string[] = []): Promise<Map<string, Counts>> {
  if (groups.length === 0) return new Map()
  const path = join(folder, `report-${runs++}`)
  const bundles = await writeBundles(groups)
  const results = await runAva([...options, ...bundles], { ...environmentOf(storage), TEST_REPORT: path })
  const report = readReport(path)
  timings.push(...report.timings)
  for (const file of groups.flat().filter(one => !report.ended.has(one))) {
    const { passed = 0, failed = 0, skipped = 0 } = results.get(file) ?? {}
    results.set(file, { passed, failed: Math.max(failed, 1), skipped })
    results.delete('')
  }
  return results
}

function environmentOf({ name, env }: Storage): Record<string, string> {
  return { NODE_COMPILE_CACHE: COMPILED, STORAGE: name, ...env }
}
