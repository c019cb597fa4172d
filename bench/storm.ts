/**
 * `node bench/storm.ts`: how long a refresh takes alone, and while many people sign in with passwords at the same
 * moment. Hashing must not starve signing, so the p99 during the storm should stay within twice the p99 alone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { StepName } from './load/steps.ts'
import { prepare } from './measure/load.ts'
import { type Services, startServices } from './measure/services.ts'
import { aligned, median } from './report.ts'
import { type Subject, type SubjectName, startSubject } from './subjects.ts'

const { values } = parseArgs({
  options: {
    subjects: { type: 'string', default: 'gatehouse,redis' },
    workers: { type: 'string', default: '1,2' },
    refreshing: { type: 'string', default: '4' },
    'signing-in': { type: 'string', default: '24' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})
const seconds = Number(values.seconds)

interface Round {
  alone: number
  storm: number
  signIns: number
}

const services = await startServices()
const subjects: Subject[] = []
try {
  for (const name of values.subjects.split(',') as SubjectName[]) {
    for (const workers of values.workers.split(',').map(Number)) {
      subjects.push(await startSubject(services, { name, workers, accounts: 64 }))
    }
  }
  const rounds = subjects.map((): Round[] => [])
  for (let number = 0; number < Number(values.rounds); number += 1) {
    for (const [index, subject] of subjects.entries()) rounds[index]?.push(await round(subject, services))
  }
  const head = ['subject', 'workers', 'refresh p99 ms alone', 'in the storm', 'ratio', 'sign-ins per s']
  console.log(aligned([head, ...subjects.map((subject, index) => line(subject, rounds[index] ?? []))]))
} finally {
  await Promise.all(subjects.map(subject => subject.stop()))
  await services.stop()
}

async function round(subject: Subject, services: Services): Promise<Round> {
  const ready = (step: StepName, connections: number, duration: number) =>
    prepare({ fixture: subject.fixture, step, connections, warmupSeconds: 1, seconds: duration }, subject.pid, services)
  const refreshing = Number(values.refreshing)
  const alone = await (await ready('refresh', refreshing, seconds)).run()
  const refresh = await ready('refresh', refreshing, seconds)
  const signIn = await ready('sign-in', Number(values['signing-in']), seconds + 1)
  const storm = signIn.run()
  await sleep(500)
  const during = await refresh.run()
  const { count, seconds: taken } = await storm
  return { alone: p99(alone), storm: p99(during), signIns: count / taken }
}

function p99({ latency }: Awaited<ReturnType<Awaited<ReturnType<typeof prepare>>['run']>>) {
  return latency.whole?.p99 ?? 0
}

function line({ name, workers }: Subject, rounds: readonly Round[]) {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick)).toFixed(1)
  const ratio = median(rounds.map(({ alone, storm }) => storm / alone)).toFixed(2)
  return [name, String(workers), of(r => r.alone), of(r => r.storm), ratio, of(r => r.signIns)]
}
