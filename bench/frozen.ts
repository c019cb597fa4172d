/**
 * `node bench/frozen.ts [--store redis]`: 40 requests a second of several kinds, for 5 s as usual, for 30 s while
 * PostgreSQL or Redis is stopped (SIGSTOP), and for 10 s after it continues. Reported for each span: how requests were
 * answered and how long they took; then how long after the store continued the last request failed, and whether each
 * code worked exactly once. Loopback only, 45 seconds of load.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Connection } from './load/connection.ts'
import { type Endpoints, RelyingParty, WrongAnswer, wrong } from './load/relying-party.ts'
import { startServices, stores } from './measure/services.ts'
import { aligned } from './report.ts'
import { startSubject } from './subjects.ts'

const RATE = 40
const SPANS = { before: 5, frozen: 30, after: 10 }
const CHAINS = 40
const CODES = 100

/** A request that was sent, and its response. */
interface Sent {
  kind: string
  begun: number
  took: number
  status: number
  retryAfter: boolean
}

/** A refresh token that is exchanged for the next one again and again. */
interface Chain {
  token: string
  busy: boolean
}

/** A code, which is redeemed until that succeeds, and then once more. */
interface Code {
  code: string
  verifier: string
  accepted: number
  busy: boolean
}

const { values } = parseArgs({ options: { store: { type: 'string', default: 'postgres' } } })
const store = stores.find(name => name === values.store)
if (!store) throw new Error(`--store must be one of ${stores.join(', ')}`)
const services = await startServices()
const subject = await startSubject(services, { name: 'gatehouse', workers: 1, accounts: 8 })
const free: RelyingParty[] = []
let opened = 0
let endpoints: Endpoints | undefined
const sent: Sent[] = []
const violations: string[] = []

try {
  const { issuer } = subject.fixture
  endpoints = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Endpoints
  const chains: Chain[] = []
  const codes: Code[] = []
  const first = party()
  const account = subject.fixture.accounts[0]!
  let { path, verifier } = first.authorization({ resource: false })
  const { access_token } = await first.exchange(await first.signIn(path, account), verifier)
  for (let made = 0; made < CHAINS + CODES; made += 1) {
    ;({ path, verifier } = first.authorization())
    const code = first.code(await first.open(path))
    if (made >= CHAINS) codes.push({ code, verifier, accepted: 0, busy: false })
    else chains.push({ token: (await first.exchange(code, verifier)).refresh_token, busy: false })
  }

  const authorize = () =>
    ask('authorize', async rp => {
      const answer = await rp.open(rp.authorization({ prompt: 'login' }).path)
      if (answer.status !== 303) throw wrong('a redirect to the sign-in page', answer)
    })
  const usual = [() => refresh(chains), () => ask('userinfo', rp => rp.userinfo(access_token)), authorize]
  const kinds = { before: usual, later: [...usual, () => redeem(codes)] }
  const from = performance.now()
  const load: Promise<void>[] = []
  const until = async (end: number, mix: (() => Promise<void>)[]) => {
    while (performance.now() < end) {
      load.push(mix[load.length % mix.length]!())
      await sleep(Math.max(0, from + (1000 / RATE) * load.length - performance.now()))
    }
  }
  await until(from + 1000 * SPANS.before, kinds.before)
  services.signal(store, 'SIGSTOP')
  const stopped = performance.now()
  await until(stopped + 1000 * SPANS.frozen, kinds.later)
  services.signal(store, 'SIGCONT')
  const continued = performance.now()
  await until(continued + 1000 * SPANS.after, kinds.later)
  await Promise.all(load)
  for (const chain of [...chains]) await refresh([chain])
  for (const code of [...codes]) await redeem([code])
  // Last, because a replayed code revokes the whole grant.
  for (const code of codes) await redeemAgain(first, code)
  for (const { accepted } of codes) if (accepted !== 1) violations.push(`a code was accepted ${accepted} times`)

  const rows = [['span', 'requests', 'answers', 'p50 ms', 'p99 ms', 'longest ms', '503 without Retry-After']]
  for (const [span, begin, end] of [
    ['before', from, stopped],
    ['frozen', stopped, continued],
    ['after', continued, Number.POSITIVE_INFINITY],
  ] as const)
    rows.push(
      row(
        span,
        sent.filter(({ begun }) => begun >= begin && begun < end),
      ),
    )
  console.log(aligned(rows))
  const late = sent
    .filter(({ begun, status }) => begun >= continued && status === 503)
    .map(({ begun }) => begun - continued)
  console.log(`the last request to fail began ${(Math.max(0, ...late) / 1000).toFixed(2)} s after the store continued`)
  console.log(`violations: ${violations.length === 0 ? 'none' : violations.join('\n')}`)
} finally {
  await Promise.all(free.map(({ connection }) => connection.close()))
  await subject.stop()
  await services.stop()
}

/** A connection of its own for each request under way. */
function party(): RelyingParty {
  const one = free.pop()
  if (one) return one
  opened += 1
  return new RelyingParty(new Connection(new URL(subject.fixture.issuer).origin, opened), subject.fixture, endpoints!)
}

async function ask(kind: string, work: (rp: RelyingParty) => Promise<unknown>): Promise<void> {
  const rp = party()
  const begun = performance.now()
  let [status, retryAfter] = [200, false]
  try {
    await work(rp)
  } catch (error) {
    if (!(error instanceof WrongAnswer)) throw error
    status = error.answer.status
    retryAfter = error.answer.headers['retry-after'] !== undefined
    if (status !== 503) violations.push(`${kind}: ${error.message}`)
  }
  sent.push({ kind, begun, took: performance.now() - begun, status, retryAfter })
  free.push(rp)
}

async function refresh(chains: Chain[]): Promise<void> {
  const chain = chains.find(({ busy }) => !busy)
  if (!chain) return
  chain.busy = true
  await ask('refresh', async rp => {
    chain.token = (await rp.refresh(chain.token)).refresh_token
  })
  chain.busy = false
  // The chains take turns.
  chains.push(...chains.splice(chains.indexOf(chain), 1))
}

async function redeem(codes: Code[]): Promise<void> {
  const one = codes.find(({ busy, accepted }) => !busy && accepted === 0)
  if (!one) return
  one.busy = true
  await ask('code', async rp => {
    await rp.exchange(one.code, one.verifier)
    one.accepted += 1
  })
  one.busy = false
  codes.push(...codes.splice(codes.indexOf(one), 1))
}

/** Redeems a code once more, which must be refused. */
async function redeemAgain(rp: RelyingParty, one: Code): Promise<void> {
  try {
    await rp.exchange(one.code, one.verifier)
    one.accepted += 1
  } catch (error) {
    if (!(error instanceof WrongAnswer) || error.answer.status !== 400) throw error
  }
}

function row(span: string, sent: Sent[]): string[] {
  const took = sent.map(each => each.took).sort((a, b) => a - b)
  const at = (share: number) => (took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0).toFixed(0)
  const counts = new Map<number, number>()
  for (const { status } of sent) counts.set(status, (counts.get(status) ?? 0) + 1)
  const answers = [...counts].map(([status, count]) => `${count} × ${status === 200 ? 'ok' : status}`).join(', ')
  const bare = sent.filter(({ status, retryAfter }) => status === 503 && !retryAfter).length
  return [span, String(sent.length), answers, at(0.5), at(0.99), at(1), String(bare)]
}
