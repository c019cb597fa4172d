/** Runs one step against one subject by a load generator in a child process, and reads the CPU times around it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Argon2Result } from '../baseline/argon2.ts'
import type { ChildMessage, Job, LoadResult } from '../load/child.ts'
import { cpuSeconds, family } from './processes.ts'
import type { Services } from './services.ts'

export interface Measured extends LoadResult {
  /** CPU seconds of the subject's processes during the measured span */
  cpu: number
  redisCpu: number | null
  postgresCpu: number | null
}

/** A load generator that is ready to begin: connected, signed in, warmed up. */
export interface Prepared {
  run(): Promise<Measured>
}

export async function load(job: Job, pid: number, services: Services): Promise<Measured> {
  return (await prepare(job, pid, services)).run()
}

export async function prepare(job: Job, pid: number, services: Services): Promise<Prepared> {
  const child = fork(path('../load/child.ts'))
  child.send(job)
  await nextMessage<ChildMessage>(child).then(checked)
  return {
    async run() {
      const before = spent(pid, services)
      child.send({ go: true })
      const answer = checked(await nextMessage<ChildMessage>(child))
      const after = spent(pid, services)
      if (!('result' in answer)) throw new Error('the load generator gave no result')
      return {
        ...answer.result,
        cpu: after.cpu - before.cpu,
        redisCpu: difference(after.redis, before.redis),
        postgresCpu: difference(after.postgres, before.postgres),
      }
    },
  }
}

/** Raw argon2 verifications for this many seconds, on all cores. */
export async function loadArgon2(seconds: number): Promise<Measured> {
  const child = fork(path('../baseline/argon2.ts'))
  const verifyFor = (duration: number) => {
    child.send({ seconds: duration })
    return nextMessage<Argon2Result>(child)
  }
  await verifyFor(0.5)
  const before = cpuSeconds(family(child.pid ?? 0))
  const result = await verifyFor(seconds)
  const cpu = cpuSeconds(family(child.pid ?? 0)) - before
  child.kill()
  return { ...result, latency: {}, cpu, redisCpu: null, postgresCpu: null }
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const done = new AbortController()
  const ended = once(child, 'exit', { signal: done.signal }).then(([code, signal]) => {
    throw new Error(`a child process of the bench ended (${signal ?? code})`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: done.signal }), ended])
    return message
  } finally {
    ended.catch(() => {})
    done.abort()
  }
}

function checked(answer: ChildMessage) {
  if ('failed' in answer) throw new Error(answer.failed)
  return answer
}

function spent(pid: number, services: Services) {
  return { cpu: cpuSeconds(family(pid)), redis: services.redisCpu(), postgres: services.postgresCpu() }
}

function difference(after: number | null, before: number | null) {
  return after == null || before == null ? null : after - before
}

function path(relative: string) {
  return fileURLToPath(new URL(relative, import.meta.url))
}
