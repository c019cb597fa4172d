/**
 * `npm test`: the whole suite, once on each storage that this machine offers. Embedded storage is always there;
 * PostgreSQL and Redis are used where TEST_DATABASE_URL and TEST_REDIS_URL say, or else started for this run if the
 * programs are installed. What knows nothing of the storage, and what starts whole processes and browsers, runs on the last
 * of them alone; what stops and freezes servers needs servers. Arguments go to AVA: `npm test -- test/clients/clients.test.ts --match='*secret*'`.
 *
 * `--all` (or CI=true, or REQUIRE_ALL=1) turns what is missing or skipped into a failure. STORAGE=embedded or
 * STORAGE=servers runs only that one.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { prepareStorage, type Storage } from './support/storage.ts'

const { CI, REQUIRE_ALL, STORAGE } = process.env
const args = process.argv.slice(2).filter(arg => arg !== '--all')
const all = process.argv.includes('--all') || CI === 'true' || REQUIRE_ALL === '1'
const ONCE = /^test\/(architecture|base|demo|deploy|e2e)\b/
/** Real servers that are stopped, frozen or full. */
const ON_SERVERS = /^test\/faults\b/
const total = { passed: 0, failed: 0, skipped: 0 }

// Ctrl-C reaches AVA too, which reports what was pending and ends; then the servers are stopped as always.
process.on('SIGINT', () => {})

const { storages, stop } = await prepareStorage(STORAGE)
try {
  console.log(`storage: ${storages.map(storage => storage.title).join(', ') || 'none'}`)
  for (const storage of storages) await runAva(storage, filesFor(storage))
} finally {
  await stop()
}

if (!storages.some(storage => storage.name === 'servers') && STORAGE !== 'embedded') {
  console.log('Nothing ran on PostgreSQL and Redis: this machine does not have both.')
  if (all) total.failed += 1
}
if (all) total.failed += total.skipped

const { passed, failed, skipped } = total
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

/** What was asked for, or all that there is. */
function filesFor(storage: Storage): string[] {
  if (args.some(arg => !arg.startsWith('-'))) return []
  const files = globSync('test/**/*.test.ts').sort()
  const fitting = storage.name === 'servers' ? files : files.filter(file => !ON_SERVERS.test(file))
  return storage === storages.at(-1) ? fitting : fitting.filter(file => !ONCE.test(file))
}

/** Runs AVA and counts what its report says: one line a test, on a stream that the tests themselves cannot write to. */
async function runAva({ name, title, env }: Storage, files: readonly string[]): Promise<void> {
  console.log(`\non ${title}`)
  const colour = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {}
  const ava = fileURLToPath(new URL('../node_modules/ava/entrypoints/cli.js', import.meta.url))
  const child = spawn(process.execPath, [ava, ...args, ...files], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, ...colour, STORAGE: name, ...env },
  })
  const terminate = () => child.kill('SIGTERM')
  process.once('SIGTERM', terminate)

  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  let failed = 0
  for await (const line of createInterface(child.stdout)) {
    console.log(line)
    const text = stripVTControlCharacters(line).trimStart()
    if (/^[✔√]/.test(text)) total.passed += 1
    else if (/^[✘×]/.test(text)) failed += 1
    else if (/^- \[(skip|todo)\]/.test(text)) total.skipped += 1
  }
  const code = await ended
  process.off('SIGTERM', terminate)
  total.failed += code === 0 ? 0 : Math.max(failed, 1)
}
