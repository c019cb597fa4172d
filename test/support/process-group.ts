import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Email } from '../../src/email/email.ts'
import { freePort } from './programs.ts'
import { copyPglite, freshDatabase, SECRET_KEYS, servers } from './servers.ts'

export interface ProcessTask {
  /** Emails to put in the queue. */
  post?: Email[]
  /** The back-channel logout URI of a client, registered for the task, that is notified of a logout. */
  logoutUri?: string
  /** The address of a webhook, registered for the task, that gets an event. */
  webhookUrl?: string
  /** Whether to run the whole server, and not only the task. */
  serve: boolean
  smtp?: string
  /** Whether to wait, after the task, until no job in the queue is left. */
  untilDone?: boolean
}

/** Processes on one database, which survives them: each can be killed at any time. */
export interface ProcessGroup {
  /** Oldest first. */
  processes: readonly ChildProcess[]
  /** Starts a process of Gatehouse on the database, and waits until it has done the task. */
  run(order: ProcessTask): Promise<ChildProcess>
  remove(): Promise<void>
}

export async function startProcessGroup(): Promise<ProcessGroup> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-processes-'))
  const share = servers() ? await freshDatabase() : null
  if (!share) await copyPglite(dataDir)
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
          SECRET_KEYS,
          ...(share && { DATABASE_URL: share.url }),
        },
      })
      processes.push(child)
      child.send(order)
      const done = await Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)])
      if (order.untilDone && !done) throw new Error('the process ended before the queue was empty')
      return child
    },
    async remove() {
      for (const child of processes) await kill(child)
      await share?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Ends a process as a power failure would, without any cleanup. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
