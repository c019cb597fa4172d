import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { codeMachine } from '../support/codes.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { startPostgres } from '../support/postgres.ts'
import { servers } from '../support/servers.ts'

/** What the settings of this test allow: a second for a connection, one for a statement; and what a busy machine adds. */
const LIMIT = 2000
const SLACK = 2000
const FROZEN_MS = 4000

if (servers()) {
  test('F-2: while PostgreSQL is frozen every answer is a 503 within the limits, and no code counts twice', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-frozen-'))
    // PostgreSQL runs as another user.
    await chmod(folder, 0o755)
    const postgres = await startPostgres(folder)
    const gatehouse = await startGatehouse({
      env: {
        DATABASE_URL: postgres!.url,
        REDIS_URL: '',
        DATABASE_CONNECT_TIMEOUT: '1s',
        DATABASE_STATEMENT_TIMEOUT: '1s',
      },
    })
    const processes = await processesOf(folder)
    const signal = (name: NodeJS.Signals) => {
      for (const pid of processes) if (existsSync(`/proc/${pid}`)) process.kill(pid, name)
    }
    t.teardown(async () => {
      signal('SIGCONT')
      await gatehouse.stop()
      await postgres!.stop()
      await rm(folder, { recursive: true, force: true })
    })

    const { rp, code } = await codeMachine(gatehouse)
    const codes: Awaited<ReturnType<typeof code>>[] = []
    for (let each = 0; each < 10; each += 1) codes.push(await code())
    const honoured = codes.map(() => 0)
    const answers: { status: number; retryAfter: string | null; took: number }[] = []
    const redeem = async (which: number) => {
      const begun = performance.now()
      const { status, headers } = await rp.post('/token', codes[which]!)
      if (status === 200) honoured[which]! += 1
      answers.push({ status, retryAfter: headers.get('retry-after'), took: performance.now() - begun })
    }

    // First the one that starts the others.
    process.kill(processes[0]!, 'SIGSTOP')
    processes.push(...(await childrenOf(processes[0]!)))
    signal('SIGSTOP')
    const load: Promise<void>[] = []
    for (const end = performance.now() + FROZEN_MS; performance.now() < end; await sleep(50)) {
      load.push(redeem(load.length % codes.length))
    }
    const during = [...answers]
    signal('SIGCONT')
    t.true(await eventually(async () => (await fetch(`${gatehouse.url}/readyz`)).status === 200))
    await Promise.all(load)
    for (const [which] of codes.entries()) await redeem(which)

    t.true(during.length > 20)
    t.deepEqual([...new Set(during.map(({ status }) => status))], [503])
    t.deepEqual([...new Set(during.map(({ retryAfter }) => retryAfter))], ['2'])
    t.true(Math.max(...answers.map(({ took }) => took)) < LIMIT + SLACK)
    t.true(
      honoured.every(times => times <= 1),
      String(honoured),
    )
  })
}

async function processesOf(folder: string): Promise<number[]> {
  return [Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])]
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number)
}
