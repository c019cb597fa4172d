/**
 * `node bench/round-trips.ts`: how many Redis commands and round trips one request costs, counted by a proxy and not
 * timed, for Gatehouse and for oidc-provider on the plain adapter. Each step is done several times on an otherwise
 * idle server; the least is shown, so that a background command in between does not count. A cold sign-in is its four
 * requests: authorization, the page, the form, and the redirect that carries the code.
 */
import { parseArgs } from 'node:util'
import { Connection } from './load/connection.ts'
import { type Endpoints, RelyingParty } from './load/relying-party.ts'
import { type Counts, countingProxy } from './measure/counting-proxy.ts'
import { type Services, startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { type SubjectName, startSubject } from './subjects.ts'

const repetitions = 5
const stepNames = ['authorize with a session', 'code exchange', 'refresh', 'userinfo', 'introspection', 'cold sign-in']

const { values } = parseArgs({
  options: { subjects: { type: 'string', default: 'gatehouse,redis' }, verbose: { type: 'boolean', default: false } },
})
const names = values.subjects.split(',').filter((name): name is SubjectName => name === 'gatehouse' || name === 'redis')
const services = await startServices()
const counted = new Map<SubjectName, Map<string, Counts>>()
try {
  for (const name of names) counted.set(name, await countSubject(services, name))
} finally {
  await services.stop()
}
const head = ['step', ...names.flatMap(name => [`${name}: commands`, 'round trips'])]
const lines = stepNames.map(step => [step, ...names.flatMap(name => cells(counted.get(name)?.get(step)))])
console.log(aligned([head, ...lines]))
if (values.verbose) {
  for (const [name, steps] of counted) {
    for (const [step, { commands }] of steps) console.log(`${name}, ${step}: ${commands.join(' ')}`)
  }
}

async function countSubject(services: Services, name: SubjectName) {
  const proxy = await countingProxy(services.redis(0))
  const subject = await startSubject(services, { name, workers: 1, accounts: 2, redisUrl: proxy.url })
  const connection = new Connection(new URL(subject.fixture.issuer).origin, 0)
  const least = new Map<string, Counts>()
  const count = async <T>(step: string, work: () => Promise<T>) => {
    await settled()
    proxy.take()
    const result = await work()
    await settled()
    const counts = proxy.take()
    const known = least.get(step)
    if (!known || counts.waits + counts.commands.length < known.waits + known.commands.length) least.set(step, counts)
    return result
  }
  try {
    const discovery = await fetch(`${subject.fixture.issuer}/.well-known/openid-configuration`)
    const rp = new RelyingParty(connection, subject.fixture, (await discovery.json()) as Endpoints)
    for (let time = 0; time < repetitions; time += 1) await steps(rp, count)
  } finally {
    await connection.close()
    await subject.stop()
    proxy.close()
  }
  return least
}

async function steps(rp: RelyingParty, count: <T>(step: string, work: () => Promise<T>) => Promise<T>) {
  const [account] = rp.fixture.accounts
  if (!account) throw new Error('the fixture has no accounts')
  rp.connection.forgetCookies()
  await count('cold sign-in', () => rp.signIn(rp.authorization().path, account))
  const { path, verifier } = rp.authorization()
  const code = rp.code(await count('authorize with a session', () => rp.open(path)))
  const tokens = await count('code exchange', () => rp.exchange(code, verifier))
  await count('refresh', () => rp.refresh(tokens.refresh_token))
  const opaque = rp.authorization({ resource: false })
  const { access_token } = await rp.exchange(rp.code(await rp.open(opaque.path)), opaque.verifier)
  await count('userinfo', () => rp.userinfo(access_token))
  await count('introspection', () => rp.introspect(access_token))
}

/** Commands that are sent after the response belong to the step too. */
function settled() {
  return new Promise(resolve => setTimeout(resolve, 80))
}

function cells(counts: Counts | undefined) {
  return counts ? [String(counts.commands.length), String(counts.waits)] : ['–', '–']
}
