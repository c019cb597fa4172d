/**
 * `node bench/registration.ts --count 1000`: how much a mail server that refuses connections, or accepts them and does not
 * answer, slows registrations down, compared with a healthy one. Three servers, each with a mail server of its own, are
 * loaded in turn in small blocks, so that other load on the machine affects all alike. The goal is a p99 of at most 1.2
 * times that with the healthy mail server. Afterwards every mail server is healthy, and each email must arrive once.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { password } from './fixture.ts'
import { Connection } from './load/connection.ts'
import { latency } from './load/latency.ts'
import { register } from './load/registering.ts'
import { type Endpoints, RelyingParty } from './load/relying-party.ts'
import type { Behavior } from './mail/child.ts'
import { delivery } from './mail/delivery.ts'
import { MailHost } from './mail/mail-host.ts'
import { type Services, startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { type Subject, startSubject } from './subjects.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    connections: { type: 'string', default: '2' },
    block: { type: 'string', default: '20' },
  },
})
const [count, connections, block] = [Number(values.count), Number(values.connections), Number(values.block)]
const WARMUP = 20
/** Registrations a second; with fewer the run fails. */
const SLOWEST = 0.5
/** Without limits: all requests come from one machine. */
const SETTINGS = { EMAIL_VERIFICATION: 'required', SIGN_IN_LIMIT_IP: '1000000/1m', EMAIL_LIMIT_IP: '1000000/1m' }

interface Line {
  behavior: Behavior
  host: MailHost
  subject: Subject
  browsers: RelyingParty[]
  people: string[]
  samples: Record<'page' | 'form', number[]>
}

const services = await startServices()
const lines: Line[] = []
try {
  for (const behavior of ['healthy', 'unreachable', 'silent'] as const) lines.push(await start(services, behavior))
  for (const line of lines) await registrations(line, WARMUP)
  for (const line of lines) line.samples = { page: [], form: [] }
  const [begun, before] = [performance.now(), load()]
  await inTurns(lines)
  const away = (performance.now() - begun) / 1000
  console.log(`${count} registrations each, ${connections} at a time, in blocks of ${block}, ${away.toFixed(0)} s`)
  console.log(`load of the machine before: ${before}, after: ${load()}\n`)
  console.log(`${aligned(latencies(lines))}\n`)
  console.log(aligned(await emails(lines, away)))
} finally {
  await Promise.all(lines.map(({ subject }) => subject.stop()))
  for (const { host } of lines) host.stop()
  await services.stop()
}

async function start(services: Services, behavior: Behavior): Promise<Line> {
  const host = await MailHost.start(behavior)
  const env = { ...SETTINGS, SMTP_URL: host.url }
  const subject = await startSubject(services, { name: 'gatehouse', workers: 1, accounts: 1, env })
  const { fixture } = subject
  const endpoints = await fetch(`${fixture.issuer}/.well-known/openid-configuration`)
  const found = (await endpoints.json()) as Endpoints
  const browsers = Array.from(
    { length: connections },
    (_, index) => new RelyingParty(new Connection(new URL(fixture.issuer).origin, index), fixture, found),
  )
  return { behavior, host, subject, browsers, people: [], samples: { page: [], form: [] } }
}

/** Each goes first as often as the others. */
async function inTurns(lines: readonly Line[]) {
  let order = [...lines]
  for (let done = 0; done < count; done += block) {
    for (const line of order) await registrations(line, Math.min(block, count - done))
    order = [...order.slice(1), ...order.slice(0, 1)]
  }
}

async function registrations({ browsers, people, samples }: Line, number: number) {
  const until = people.length + number
  const deadline = performance.now() + (number / SLOWEST) * 1000
  const timed = async <T>(part: string, work: () => Promise<T>) => {
    const begun = performance.now()
    const result = await work()
    samples[part === 'form' ? 'form' : 'page'].push(performance.now() - begun)
    return result
  }
  const lane = async (browser: RelyingParty) => {
    while (people.length < until) {
      if (performance.now() > deadline) throw new Error(`fewer than ${SLOWEST} registrations a second`)
      const email = `person${people.length}@register.example`
      people.push(email)
      await register(browser, { email, password }, timed)
    }
  }
  await Promise.all(browsers.map(lane))
}

function latencies(lines: readonly Line[]) {
  const healthy = lines.find(({ behavior }) => behavior === 'healthy')
  const reference = healthy && latency(healthy.samples.form).p99
  const rows = lines.map(({ behavior, samples }) => {
    const [form, page] = [latency(samples.form), latency(samples.page)]
    const numbers = [form.p50, form.p99, form.p99 / (reference ?? 0), page.p50, page.p99]
    return [behavior, String(samples.form.length), ...numbers.map(number => number.toFixed(number < 10 ? 2 : 1))]
  })
  return [['mail server', 'forms', 'p50 ms', 'p99 ms', 'p99 vs healthy', 'pages: p50 ms', 'p99 ms'], ...rows]
}

/** Retries are delayed by at most about the time of the outage, and by at most 15 minutes. */
async function emails(lines: readonly Line[], away: number) {
  const patience = Math.min(2 * away, 900) + 120
  const rows = lines.map(async ({ behavior, host, people }) => {
    const early = (await host.arrivals()).length
    if (behavior !== 'healthy') await host.behave('healthy')
    const { arrived, lost, surplus, seconds } = await delivery(host, people, patience)
    if (lost + surplus > 0) process.exitCode = 1
    return [behavior, ...[people.length, early, arrived, lost, surplus].map(String), seconds.toFixed(0)]
  })
  const head = ['mail server', 'emails', 'before recovery', 'after', 'lost', 'surplus', 'last after s']
  return [head, ...(await Promise.all(rows))]
}

function load() {
  return loadavg()
    .map(number => number.toFixed(2))
    .join(' ')
}
