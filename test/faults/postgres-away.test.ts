import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { type Logger, pino } from 'pino'
import { FaultyNetwork } from '../storage/faulty-network.ts'
import { Browser } from '../support/browser.ts'
import { codeSource } from '../support/codes.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { startPostgres } from '../support/postgres.ts'
import { CALLBACK } from '../support/relying-party.ts'
import { servers } from '../support/servers.ts'
import { settles } from '../support/settles.ts'

/** Less than a statement may take. */
const SLOW_MS = 700
/** Responses that come while PostgreSQL is frozen. */
const ENOUGH = 40

interface Frozen {
  folder: string
  postgres: NonNullable<Awaited<ReturnType<typeof startPostgres>>>
  network: FaultyNetwork
  gatehouse: Gatehouse
}

async function start(t: ExecutionContext, log?: Logger): Promise<Frozen> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-frozen-'))
  // PostgreSQL runs as another user.
  await chmod(folder, 0o755)
  const postgres = (await startPostgres(folder))!
  const { hostname, port } = new URL(postgres.url)
  const network = new FaultyNetwork({ host: hostname, port: Number(port) })
  const url = new URL(postgres.url)
  url.host = await network.listen()
  const gatehouse = await startGatehouse({
    ...(log && { log }),
    env: {
      DATABASE_URL: url.href,
      REDIS_URL: '',
      DATABASE_CONNECT_TIMEOUT: '1s',
      DATABASE_STATEMENT_TIMEOUT: '1s',
    },
  })
  t.teardown(async () => {
    network.mend()
    await gatehouse.stop()
    await network.close()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return { folder, postgres, network, gatehouse }
}

async function answered(work: () => Promise<{ status: number; headers: Headers }>) {
  const { status, headers } = await settles(work())
  return { status, retryAfter: headers.get('retry-after') }
}

if (servers()) {
  test.serial(
    'F-2: while PostgreSQL is frozen every response is a 503 within the time limits, and no code is counted twice',
    async t => {
      const lines: { time: number; store: string; failures: number; reason: string }[] = []
      const log = pino(
        {},
        { write: (line: string) => void (/"a store is un/.test(line) && lines.push(JSON.parse(line))) },
      )
      const { folder, gatehouse } = await start(t, log)
      const processes = await processesOf(folder)
      const signal = (name: NodeJS.Signals) => {
        for (const pid of processes) if (existsSync(`/proc/${pid}`)) process.kill(pid, name)
      }
      t.teardown(() => signal('SIGCONT'))

      const { rp, code } = await codeSource(gatehouse)
      const codes: Awaited<ReturnType<typeof code>>[] = []
      for (let each = 0; each < 10; each += 1) codes.push(await code())
      const accepted = codes.map(() => 0)
      const answers: Awaited<ReturnType<typeof answered>>[] = []
      const redeem = async (which: number) => {
        const answer = await answered(() => rp.post('/token', codes[which]!))
        if (answer.status === 200) accepted[which]! += 1
        answers.push(answer)
      }

      // The postmaster first, so that it starts no further processes.
      process.kill(processes[0]!, 'SIGSTOP')
      processes.push(...(await childrenOf(processes[0]!)))
      signal('SIGSTOP')
      const load: Promise<void>[] = []
      // A connection that is never given up would let no answer come, and this loop would hang.
      const enough = async () => {
        load.push(redeem(load.length % codes.length))
        await sleep(30)
        return answers.length >= ENOUGH
      }
      t.true(await eventually(enough))
      const during = [...answers]
      signal('SIGCONT')
      t.true(await eventually(async () => (await fetch(`${gatehouse.url}/readyz`)).status === 200))
      await Promise.all(load)
      for (const [which] of codes.entries()) await redeem(which)

      const refused = answers.filter(({ status }) => status === 503).length
      const logged = () => lines.filter(({ store }) => store === 'PostgreSQL')
      const counted = () => logged().reduce((sum, { failures }) => sum + failures, 0)
      t.true(await eventually(() => counted() >= refused), `F-1: ${counted()} counted, ${refused} refused`)
      const gaps = logged().flatMap(({ time }, i, all) => (i > 0 ? [time - all[i - 1]!.time] : []))
      t.true(gaps.length > 0 && Math.min(...gaps) >= 990, `F-1: at most one line a second, but after ${gaps} ms`)
      t.true(logged().every(({ reason }) => reason !== ''))

      t.deepEqual([...new Set(during.map(({ status }) => status))], [503])
      t.deepEqual([...new Set(during.map(({ retryAfter }) => retryAfter))], ['2'])
      t.true(
        accepted.every(times => times <= 1),
        String(accepted),
      )
    },
  )

  test.serial('F-2: a request that makes many statements on a slow PostgreSQL waits no longer in total', async t => {
    const { network, gatehouse } = await start(t)
    const { rp, code } = await codeSource(gatehouse)
    const redemption = await code()
    network.slow(SLOW_MS)
    // No statement takes too long: only the limit on all of them together refuses it.
    const refused = await answered(() => rp.post('/token', redemption))
    t.deepEqual(refused, { status: 503, retryAfter: '2' })
  })

  test.serial(
    'F-2: a locked table delays only requests that need it, for no longer than the statement timeout',
    async t => {
      const { postgres, gatehouse } = await start(t)
      const { rp, person, code } = await codeSource(gatehouse)
      const redemption = await code()
      const other = new pg.Client(postgres.url)
      await other.connect()
      try {
        await other.query('begin; lock table password in access exclusive mode')
        const browser = new Browser(gatehouse.url)
        const begun = await rp.begin()
        const signIn = async () => {
          await browser.open(begun.url.href)
          return (await browser.submit({ email: person.email, password: person.password })).page
        }
        const refused = await answered(signIn)
        t.like(refused, { status: 503, retryAfter: '2' })
        t.is((await rp.post('/token', redemption)).status, 200)
        await other.query('rollback')
        await signIn()
        t.true(browser.page.url.startsWith(CALLBACK), browser.text)
      } finally {
        await other.end()
      }
    },
  )
}

async function processesOf(folder: string): Promise<number[]> {
  return [Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])]
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number)
}
