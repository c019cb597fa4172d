import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { globSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

/** Folders of programs that may not be on PATH: Debian keeps PostgreSQL in one per version, and daemons in sbin. */
const ELSEWHERE = ['/usr/lib/postgresql/*/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']

/** The full path of a program, or null if this machine has none of that name. Of several versions, the newest. */
export function findProgram(...names: string[]): string | null {
  const elsewhere = ELSEWHERE.flatMap(pattern => globSync(pattern).sort(newestFirst))
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...elsewhere].filter(Boolean)
  const paths = names.flatMap(name => folders.map(folder => join(folder, name)))
  return paths.find(path => statSync(path, { throwIfNoEntry: false })?.isFile()) ?? null
}

function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true })
}

/**
 * A TCP port of 127.0.0.1 that no program listens on at the moment, and that no other test process gets. It is below the
 * range of outgoing connections: a busy run makes many, and one of them could take the port before the program starts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(11_000, 32_000)
    if ((await isFree(port)) && (await claim(port))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer().once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}

/** Reserves the port until this process ends, with an abstract socket named after it, which only Linux has. */
function claim(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer().unref()
  server.once('error', () => resolve(false))
  server.listen(`\0gatehouse-test-port-${port}`, () => resolve(true))
  return promise
}

/** The IDs of the child processes of a process. */
export function workersOf(pid: number): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = all.split('\n').map(line => line.trim().split(/\s+/))
  return pairs.filter(([, parent]) => parent === String(pid)).map(([child = '']) => child)
}
