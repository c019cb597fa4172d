import { globSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

/** Where programs lie that are not on everybody's PATH: Debian keeps PostgreSQL per version, and daemons in sbin. */
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

/** A TCP port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer().once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
  return promise
}
