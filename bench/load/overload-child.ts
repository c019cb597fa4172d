/**
 * The load generator of an overload: sign-ins and other requests, each sent when it is due, so that requests queue up at a
 * server that falls behind.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fixture } from '../fixture.ts'
import { Connection } from './connection.ts'
import { type Latency, latency } from './latency.ts'
import { type Endpoints, RelyingParty } from './relying-party.ts'
import { type Action, steps } from './steps.ts'

export interface OverloadJob {
  fixture: Fixture
  seconds: number
  /** sign-ins started a second */
  rate: number
}

export interface KindResult {
  what: string
  /** number of answers, by kind */
  answers: Record<string, number>
  /** latencies of the expected answers; of sign-ins, also of refusals */
  latency: Latency
  longest: number
}

export type OverloadMessage = { ready: true } | { results: KindResult[]; seconds: number }

/** Requests per second of each other kind. */
const PROBES = {
  'client-credentials': 20,
  refresh: 10,
  code: 10,
  userinfo: 20,
  readyz: 5,
  discovery: 10,
} as const
type Probe = keyof typeof PROBES

/** Connections for one kind of request; a request that finds none free waits for one. */
const LANES = 12
const SIGN_IN_LANES = 900

process.once('message', run)
process.once('disconnect', () => process.exit())

async function run({ fixture, seconds, rate }: OverloadJob) {
  const { origin } = new URL(fixture.issuer)
  const first = new Connection(origin, 0)
  const answer = await first.ask({ method: 'GET', path: `${fixture.issuer}/.well-known/openid-configuration` })
  const endpoints: Endpoints = JSON.parse(answer.body)
  let index = 0
  const party = () => new RelyingParty(new Connection(origin, index++), fixture, endpoints)
  const kinds: Kind[] = []
  for (const [name, perSecond] of Object.entries(PROBES) as [Probe, number][]) {
    const actions: Action[] = []
    for (let lane = 0; lane < LANES; lane += 1) actions.push(await actionOf(name, party(), lane))
    kinds.push(new Kind(name, perSecond, actions))
  }
  let account = 0
  const signIns = Array.from({ length: rate ? SIGN_IN_LANES : 0 }, (): Action => {
    const rp = party()
    return async () => {
      rp.connection.forgetCookies()
      const { path, verifier } = rp.authorization()
      account += 1
      await rp.exchange(await rp.signIn(path, fixture.accounts[account % fixture.accounts.length]!), verifier)
    }
  })
  if (rate) kinds.push(new Kind('sign-in', rate, signIns))
  const go = new Promise(resolve => process.once('message', resolve))
  process.send?.({ ready: true })
  await go
  const begun = performance.now()
  await Promise.all(kinds.map(kind => kind.run(seconds)))
  const message: OverloadMessage = {
    results: kinds.map(kind => kind.result()),
    seconds: (performance.now() - begun) / 1000,
  }
  process.send?.(message, () => process.exit())
}

function actionOf(name: Probe, rp: RelyingParty, lane: number): Promise<Action> {
  if (name !== 'readyz') return steps[name].prepare(rp, lane)
  return Promise.resolve(() => rp.get(`${rp.fixture.issuer}/readyz`, 'ready'))
}

/** A request is given up after this time. */
const PATIENCE_MS = 15_000

class Kind {
  readonly #name: string
  readonly #perSecond: number
  readonly #idle: Action[]
  readonly #waiting: ((action: Action) => void)[] = []
  readonly #answers: Record<string, number> = {}
  readonly #taken: number[] = []

  constructor(name: string, perSecond: number, actions: Action[]) {
    this.#name = name
    this.#perSecond = perSecond
    this.#idle = actions
  }

  async run(seconds: number): Promise<void> {
    const begun = performance.now()
    const all: Promise<void>[] = []
    for (let number = 0; number < seconds * this.#perSecond; number += 1) {
      const due = begun + (number / this.#perSecond) * 1000
      const early = due - performance.now()
      if (early > 1) await sleep(early)
      all.push(this.#once(due))
    }
    await Promise.race([Promise.all(all), sleep(PATIENCE_MS, undefined, { ref: false })])
    const open = all.length - Object.values(this.#answers).reduce((sum, count) => sum + count, 0)
    if (open > 0) this.#answers['no answer'] = open
  }

  async #once(due: number): Promise<void> {
    const action = this.#idle.pop() ?? (await new Promise<Action>(resolve => this.#waiting.push(resolve)))
    const answer = await action(async (_part, work) => work()).then(() => 'done', statusIn)
    this.#answers[answer] = (this.#answers[answer] ?? 0) + 1
    this.#taken.push(performance.now() - due)
    const next = this.#waiting.shift()
    if (next) next(action)
    else this.#idle.push(action)
  }

  result(): KindResult {
    const longest = Math.max(0, ...this.#taken)
    return { what: this.#name, answers: this.#answers, latency: latency(this.#taken), longest }
  }
}

/** The status code in a `WrongAnswer`, or the start of another error. */
function statusIn(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return /, got (\d+)/.exec(text)?.[1] ?? text.slice(0, 60)
}
