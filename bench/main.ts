/**
 * `npm run bench`: every subject runs at the same time and is loaded in turn (A B C, A B C, …), so that a machine
 * that slows down slows all of them. The load generator is a process of its own but shares the cores with the
 * servers: requests per second describe this machine; only requests per CPU second of the servers can be compared.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { type StepName, steps } from './load/steps.ts'
import { load, loadArgon2, type Measured } from './measure/load.ts'
import { family, rss } from './measure/processes.ts'
import { type Services, startServices } from './measure/services.ts'
import { help, type Options, readOptions } from './options.ts'
import { type Row, rawArgon2, summary, table } from './report.ts'
import { type Subject, startSubject } from './subjects.ts'

const options = readOptions(process.argv.slice(2))
if (options == null) console.log(help)
else await bench(options)

async function bench(options: Options) {
  const services = await startServices()
  const subjects: Subject[] = []
  const rows: Row[] = []
  try {
    for (const wanted of subjectsOf(options)) subjects.push(await startSubject(services, wanted))
    console.log(conditions(options))
    for (const step of options.steps) {
      const measured = await measure(step, subjects, services, options)
      rows.push(...measured)
      console.log(`\n${steps[step].title}\n${table(measured)}`)
    }
  } finally {
    await Promise.all(subjects.map(subject => subject.stop()))
    await services.stop()
  }
  if (options.json) writeFileSync(options.json, JSON.stringify(document(options, rows), null, 2))
}

function subjectsOf({ subjects, workers, accounts, cheapPasswords, before }: Options) {
  return subjects.flatMap(name =>
    (name === 'memory' ? [1] : workers).map(count => ({
      ...{ name, workers: count, accounts, cheapPasswords },
      ...(name === 'before' && before !== null && { checkout: before }),
    })),
  )
}

async function measure(step: StepName, subjects: readonly Subject[], services: Services, options: Options) {
  const rows = subjects.map(
    (subject): Row => ({ step, subject: subject.name, workers: subject.workers, rounds: [], rss: [] }),
  )
  const argon2: Measured[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const warmupSeconds = round === 0 ? 2 : 0.5
      const { connections, seconds } = options
      const job = { fixture: subject.fixture, step, connections, seconds, warmupSeconds }
      rows[index]?.rounds.push(await load(job, subject.pid, services))
    }
    if (step === 'sign-in' && !options.cheapPasswords) argon2.push(await loadArgon2(options.seconds))
  }
  for (const [index, subject] of subjects.entries()) rows[index]?.rss.push(...serving(subject).map(rss))
  if (argon2.length) rows.push({ step, subject: rawArgon2, workers: 1, rounds: argon2, rss: [] })
  return rows
}

/** With several workers the first process handles no requests. */
function serving({ pid, workers }: Subject) {
  const [first, ...below] = family(pid)
  return workers > 1 ? below : [first ?? pid]
}

function conditions({ connections, seconds, rounds }: Options) {
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`
  return `Node ${process.version}, ${cores}, ${connections} connections, medians of ${rounds} × ${seconds} s.
The load generator shares these cores. CPU is that of the servers alone; Redis and PostgreSQL are listed in cores.`
}

function document(options: Options, rows: readonly Row[]) {
  return {
    node: process.version,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model,
    options,
    rows: rows.map(row => ({ ...row, summary: summary(row) })),
  }
}
