/** Runs the open loop of `load/overload-child.ts`, and reads the servers' CPU time around it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { KindResult, OverloadJob, OverloadMessage } from '../load/overload-child.ts'
import { cpuSeconds, family } from './processes.ts'

export interface Overloaded {
  results: KindResult[]
  seconds: number
  /** CPU seconds of the subject's processes */
  cpu: number
}

export async function overload(job: OverloadJob, pid: number): Promise<Overloaded> {
  const child = fork(fileURLToPath(new URL('../load/overload-child.ts', import.meta.url)))
  child.send(job)
  await nextMessage(child)
  const before = cpuSeconds(family(pid))
  child.send({ go: true })
  const answer = await nextMessage(child)
  if (!('results' in answer)) throw new Error('the load generator gave no result')
  return { ...answer, cpu: cpuSeconds(family(pid)) - before }
}

async function nextMessage(child: ChildProcess): Promise<OverloadMessage> {
  const done = new AbortController()
  const ended = once(child, 'exit', { signal: done.signal }).then(([code, signal]) => {
    throw new Error(`a child process of the bench ended (${signal ?? code})`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: done.signal }), ended])) as [
      OverloadMessage,
    ]
    return message
  } finally {
    ended.catch(() => {})
    done.abort()
  }
}
