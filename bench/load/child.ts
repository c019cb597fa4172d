/**
 * The process of the load generator: a closed loop of N connections against one loopback address, for a limited time and
 * number of requests. It prepares, reports that it is ready, and starts on a message from the parent, which
 * reads the CPU times at the beginning and end of the measurement.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fixture } from '../fixture.ts'
import { Connection } from './connection.ts'
import { type Latency, latency } from './latency.ts'
import { type Endpoints, RelyingParty } from './relying-party.ts'
import { type Action, type StepName, steps, type Timed } from './steps.ts'

export interface Job {
  fixture: Fixture
  step: StepName
  connections: number
  warmupSeconds: number
  seconds: number
}

export interface LoadResult {
  /** completed actions (for the code flow: whole flows) */
  count: number
  seconds: number
  /** latencies of the whole action, and of its parts */
  latency: Record<string, Latency>
}

export type ChildMessage = { ready: true } | { result: LoadResult } | { failed: string }

const mostActions = 3_000_000

process.once('message', (job: Job) => {
  run(job).catch(error => {
    const failed: ChildMessage = { failed: `${job.step}: ${error instanceof Error ? error.stack : error}` }
    process.send?.(failed, () => process.exit(1))
  })
})
process.once('disconnect', () => process.exit())

async function run({ fixture, step, connections, warmupSeconds, seconds }: Job) {
  const { origin, hostname } = new URL(fixture.issuer)
  if (hostname !== '127.0.0.1') throw new Error('the load generator only talks to 127.0.0.1')
  const all = Array.from({ length: connections }, (_, index) => new Connection(origin, index))
  const endpoints = await discover(all, fixture)
  const actions: Action[] = []
  for (const [index, connection] of all.entries()) {
    actions.push(await steps[step].prepare(new RelyingParty(connection, fixture, endpoints), index))
  }
  await loop(actions, warmupSeconds)
  const go = new Promise(resolve => process.once('message', resolve))
  send({ ready: true })
  await go
  const result = await loop(actions, seconds)
  send({ result })
  await Promise.all(all.map(connection => connection.close()))
  process.disconnect?.()
}

async function discover([first]: Connection[], fixture: Fixture): Promise<Endpoints> {
  const path = `${fixture.issuer}/.well-known/openid-configuration`
  const answer = await first?.ask({ method: 'GET', path })
  return JSON.parse(answer?.body ?? '')
}

async function loop(actions: Action[], seconds: number): Promise<LoadResult> {
  const samples = new Map<string, number[]>()
  const start = performance.now()
  const until = start + seconds * 1000
  let count = 0
  const timed: Timed = async (part, work) => {
    const begun = performance.now()
    const result = await work()
    const taken = performance.now() - begun
    const list = samples.get(part)
    if (list) list.push(taken)
    else samples.set(part, [taken])
    return result
  }
  const lane = async (action: Action) => {
    while (performance.now() < until && count < mostActions) {
      await timed('whole', () => action(timed))
      count += 1
    }
  }
  await Promise.race([Promise.all(actions.map(lane)), deadline(seconds + 20)])
  const taken = (performance.now() - start) / 1000
  return {
    count,
    seconds: taken,
    latency: Object.fromEntries([...samples].map(([part, list]) => [part, latency(list)])),
  }
}

async function deadline(seconds: number) {
  await sleep(seconds * 1000, undefined, { ref: false })
  throw new Error('no answer for 20 s after the end of the measurement')
}

function send(message: ChildMessage) {
  process.send?.(message)
}
