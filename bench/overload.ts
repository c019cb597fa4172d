/**
 * `node bench/overload.ts`: requests other than sign-ins (tokens, userinfo, codes with a session, readiness, discovery),
 * first alone and then during five times as many password sign-ins as can be served. Every request is sent when it is due,
 * whether or not earlier ones were answered. `--rate N` sets the sign-ins per second, to compare two versions; `--baseline`
 * measures bare oidc-provider on Redis in the same run.
 * Loopback only; about 10 seconds of load a subject.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { prepare } from './measure/load.ts'
import { type Overloaded, overload } from './measure/overload.ts'
import { family, rss } from './measure/processes.ts'
import { startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { type Subject, type SubjectName, startSubject } from './subjects.ts'

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '6' },
    times: { type: 'string', default: '5' },
    rate: { type: 'string' },
    baseline: { type: 'boolean', default: false },
  },
})
const workers = Number(values.workers)
const seconds = Number(values.seconds)

const services = await startServices()
const subjects: Subject[] = []
try {
  for (const name of ['gatehouse', ...(values.baseline ? ['redis' as const] : [])] as SubjectName[])
    subjects.push(await startSubject(services, { name, workers, accounts: 300 }))
  for (const subject of subjects) {
    const { fixture, pid } = subject
    const job = { fixture, step: 'sign-in' as const, connections: 16, warmupSeconds: 1, seconds: 2 }
    const { count, seconds: taken } = await (await prepare(job, pid, services)).run()
    const capacity = count / taken
    const rows = [['situation', 'request', 'responses', 'p50 ms', 'p99 ms', 'longest ms']]
    for (const [situation, rate] of [
      ['alone', 0],
      ['overloaded', values.rate ? Number(values.rate) : Number(values.times) * capacity],
    ] as const) {
      const result = await overload({ fixture, seconds: rate ? seconds : 2, rate }, pid)
      rows.push(...lines(situation, result))
    }
    const memory = Math.max(...family(pid).map(rss)).toFixed(0)
    console.log(
      `\n${subject.name}: ${capacity.toFixed(1)} sign-ins a second at most, RSS ${memory} MB, load average ${loadavg()[0]?.toFixed(2)}`,
    )
    console.log(aligned(rows))
  }
} finally {
  await Promise.all(subjects.map(subject => subject.stop()))
  await services.stop()
}

function lines(situation: string, { results, cpu, seconds: taken }: Overloaded) {
  const title = `${situation} (${(cpu / taken).toFixed(2)} cores)`
  return results.map(({ what, answers, latency, longest }) => [
    title,
    what,
    Object.entries(answers)
      .map(([answer, count]) => `${count} × ${answer}`)
      .join(', '),
    latency.p50.toFixed(0),
    latency.p99.toFixed(0),
    longest.toFixed(0),
  ])
}
