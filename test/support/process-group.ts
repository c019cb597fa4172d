import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Email } from '../../src/email/email.ts'
import { freePort } from './programs.ts'
import { freshDatabase, servers } from './servers.ts'

export interface ProcessTask {
  /** Emails to post. */
  post?: Email[]
  /** Where a client, registered for it, is to be told of a sign-out. */
  tell?: string
  /** Whether all of Gatehouse is to run, not only what takes orders. */
  serve: boolean
  smtp?: string
}

/** A database that outlives the processes on it, and can be killed under. */
export interface ProcessGroup {
  /** Oldest first. */
  processes: readonly ChildProcess[]
  /** A process of Gatehouse on this place, which has done what it was ordered to. */
  run(order: ProcessTask): Promise<ChildProcess>
  remove(): Promise<void>
}

export async function startProcessGroup(): Promise<ProcessGroup> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-processes-'))
  const share = servers() ? await freshDatabase() : null
  const processes: ChildProcess[] = []
  return {
    processes,
    async run({ smtp = '', ...order }) {
      const child = fork(fileURLToPath(new URL('process-group-child.ts', import.meta.url)), [], {
        env: {
          NODE_ENV: 'test',
          LOG_LEVEL: 'silent',
          DEMO_PORT: 'off',
          PORT: String(await freePort()),
          PUBLIC_URL: 'https://id.example.org',
          DATA_DIR: dataDir,
          SMTP_URL: smtp,
          OUTBOUND_ALLOW: '127.0.0.1',
          SECRET_KEYS: 'a key for tests alone: 0123456789abcdefghij',
          ...(share && { DATABASE_URL: share.url }),
        },
      })
      processes.push(child)
      child.send(order)
      await Promise.race([once(child, 'message'), once(child, 'exit')])
      return child
    },
    async remove() {
      for (const child of processes) await kill(child)
      await share?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** As a power cut ends a process: without a word. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
