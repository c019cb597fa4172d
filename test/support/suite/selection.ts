import { globSync } from 'node:fs'
import type { Storage } from '../storage.ts'

/**
 * Which file runs where. Everything runs on PostgreSQL and Redis, or on embedded storage where a machine has no others.
 * Where it has, embedded storage gets what depends on it: the folders that query it, what requests do to each other, the
 * way of a newcomer and the tours through the product.
 */
const STORAGE_MATTERS = [
  /^test\/(storage|limits|audit|mail|accounts|clients|keys|credentials|roles|sessions|tokens|login)\//,
  /race|limits|expiry/,
  /^test\/cli\/(setup|serve|terminal|accounts)\./,
  /^test\/e2e\/newcomer\./,
  /^test\/lifecycle\/(registration|recovery|deletion|export|linking)\./,
  /^test\/oidc\/(codes|refresh|consent|sign-in|back-channel-logout)\./,
  /^test\/federation\/(identity-providers|upstream-requests|returned-results|upstream-sessions)\./,
  /^test\/ops\//,
]
/** Files that share a process. Each has its own database, which embedded takes 200 MB of the process's memory. */
const SIZE = { servers: 10, embedded: 5 }
/** Stops and freezes servers. */
const NEEDS_SERVERS = /^test\/faults\//
/** Has a process of its own: it starts browsers or whole processes. */
const ALONE = /^test\/(cli|demo|deploy|e2e|faults|server)\/|data-folder|start|logs/
/** Has the machine for itself: it compares how long things take. */
const TIMED = /timing|account-existence|flood|malformed-load|session-revoked-during-request|volume/

export function filesFor(storage: Storage, storages: readonly Storage[]): string[] {
  const files = globSync('test/**/*.test.ts', { exclude: ['test/bundles'] }).sort()
  if (storage.name === 'servers') return files
  const here = files.filter(file => !NEEDS_SERVERS.test(file))
  return storages.length === 1 ? here : here.filter(file => STORAGE_MATTERS.some(pattern => pattern.test(file)))
}

/** Groups of files, each for one process; `timed` are not to run beside others. */
export function grouped(files: readonly string[], storage: Storage): { together: string[][]; timed: string[][] } {
  const timed = files.filter(file => TIMED.test(file))
  const alone = files.filter(file => ALONE.test(file) && !TIMED.test(file))
  const others = files.filter(file => !ALONE.test(file) && !TIMED.test(file))
  const count = Math.ceil(others.length / SIZE[storage.name])
  const shared = Array.from({ length: count }, (_, i) =>
    others.filter((_, place) => Math.floor((place * count) / others.length) === i),
  )
  return { together: [...alone.map(file => [file]), ...shared], timed: timed.map(file => [file]) }
}
