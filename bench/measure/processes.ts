/** CPU time, resident memory and children of processes, from /proc. Linux only. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']))

/** The process and all its descendants, the process itself first. */
export function family(pid: number): number[] {
  return [pid, ...children(pid).flatMap(family)]
}

/** User and system time of these processes and their ended children, in seconds. */
export function cpuSeconds(pids: readonly number[]) {
  return sum(
    pids.map(pid => {
      const fields = read(`/proc/${pid}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ')
      return sum(fields.slice(11, 15).map(Number)) / ticksPerSecond
    }),
  )
}

/** Resident memory in megabytes (10^6 bytes). */
export function rss(pid: number) {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]
  return (Number(kilobytes ?? 0) * 1024) / 1e6
}

const running = new Set<ChildProcess>()

/** If this process ends early, the processes that it started end too. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

export interface Started {
  pid: number
  child: ChildProcess
  /** its standard output and error so far */
  output(): string
  /** ends it, and waits until it has ended */
  stop(signal?: NodeJS.Signals): Promise<void>
}

export function start(command: string, args: readonly string[], options: SpawnOptions = {}): Started {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid == null) throw new Error(`could not start ${command}`)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      text = (text + chunk).slice(-20_000)
    })
  running.add(child)
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  ended.then(() => running.delete(child))
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode == null && child.signalCode == null) child.kill(signal)
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(killer)
  }
  return { pid: child.pid, child, output: () => text, stop }
}

/** Polls until `ready` returns true; fails at once if the process has ended. */
export async function until(what: string, started: Started, ready: () => Promise<boolean>, seconds = 30, every = 20) {
  const limit = performance.now() + seconds * 1000
  while (!(await ready().catch(() => false))) {
    if (started.child.exitCode != null) throw new Error(`${what} ended:\n${started.output()}`)
    if (performance.now() > limit) throw new Error(`${what} is not ready after ${seconds} s:\n${started.output()}`)
    await sleep(every)
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address == null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function children(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** A process may end between being listed and being read: its file then counts as empty. */
function read(path: string) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function sum(numbers: readonly number[]) {
  return numbers.reduce((total, number) => total + number, 0)
}
