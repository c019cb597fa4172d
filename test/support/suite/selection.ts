import { globSync } from 'node:fs'
import type { Storage } from '../storage.ts'

/**
 * Which file runs on which storage. Every file runs on PostgreSQL and Redis, or on embedded storage if the machine has
 * nothing else. If it has both, embedded storage runs the files that depend on the storage: the folders that query it,
 * races, a first start and the tours through the product.
 */
const STORAGE_MATTERS = [
  ...['storage/', 'limits/', 'audit/', 'email/', 'accounts/', 'clients/', 'keys/', 'credentials/', 'roles/'],
  ...['sessions/', 'tokens/', 'login/', 'ops/', 'requests/', 'webhooks/', 'race', 'limits', 'expiry'],
  ...['cli/setup', 'cli/serve', 'cli/terminal', 'cli/accounts', 'e2e/newcomer'],
  ...['lifecycle/registration', 'lifecycle/password-reset-link', 'lifecycle/deletion', 'lifecycle/export'],
  ...['lifecycle/linking', 'oidc/codes', 'oidc/refresh.', 'oidc/consent', 'oidc/sign-in', 'oidc/back-channel-logout'],
  ...['federation/identity-providers', 'federation/upstream-requests', 'federation/returned-results'],
  'federation/upstream-sessions',
]
/** Files that share a process. Each has its own database; an embedded one takes 200 MB of the process's memory. */
const SIZE = { servers: 16, embedded: 5 }
/** These stop and freeze servers, and wait for them most of the time. */
const NEEDS_SERVERS = ['faults/']
/** Each of these has a process of its own, since it starts browsers or other processes. */
const ALONE = ['cli/', 'demo/', 'deploy/', 'e2e/', 'server/', 'modules/examples', 'storage/data-folder', 'http/logs']
/**
 * These run alone on the machine: they compare how long things take, or hold only if a process is not stopped for long at
 * any moment, as a listening socket that is closed between two connections.
 */
const TIMED = ['timing', 'flood', 'session-revoked-during-request', 'faults/rolling-restart']

/** Files that share a process, and their storage. */
export interface Group {
  storage: Storage
  files: string[]
}

/** Everything that runs on these storages; `timed` must run alone. */
export function grouped(storages: readonly Storage[]): { together: Group[]; timed: Group[] } {
  const files = globSync('test/**/*.test.ts', { exclude: ['test/bundles'] }).sort()
  // A renamed file must not leave its place here in silence.
  const dead = [STORAGE_MATTERS, NEEDS_SERVERS, ALONE, TIMED]
    .flat()
    .filter(part => !files.some(file => file.includes(part)))
  if (dead.length > 0) throw new Error(`selection.ts names files that are not there: ${dead.join(', ')}`)
  const groups = storages.map(storage => groupedOn(storage, selected(files, storage, storages.length > 1)))
  return {
    together: mixed(groups.flatMap(({ waiting, alone, shared }) => [waiting, alone, shared])),
    timed: groups.flatMap(({ timed }) => timed),
  }
}

function selected(files: readonly string[], storage: Storage, both: boolean): string[] {
  if (storage.name === 'servers') return [...files]
  const here = files.filter(file => !isIn(NEEDS_SERVERS, file))
  return both ? here.filter(file => isIn(STORAGE_MATTERS, file)) : here
}

function groupedOn(
  storage: Storage,
  all: readonly string[],
): Record<'waiting' | 'alone' | 'shared' | 'timed', Group[]> {
  const kinds = Object.groupBy(all, file => {
    if (isIn(TIMED, file)) return 'timed'
    if (isIn(NEEDS_SERVERS, file)) return 'waiting'
    return isIn(ALONE, file) ? 'alone' : 'shared'
  })
  const apart = (files: string[] = []) => files.map(file => ({ storage, files: [file] }))
  const { shared = [] } = kinds
  const count = Math.ceil(shared.length / SIZE[storage.name])
  return {
    waiting: apart(kinds.waiting),
    alone: apart(kinds.alone),
    shared: Array.from({ length: count }, (_, i) => ({
      storage,
      files: shared.filter((_, place) => Math.floor((place * count) / shared.length) === i),
    })),
    timed: apart(kinds.timed),
  }
}

function isIn(parts: readonly string[], file: string): boolean {
  return parts.some(part => file.includes(part))
}

/** Merges the lists, each spread evenly, so that files that mostly wait run beside files that compute. */
function mixed(lists: readonly Group[][]): Group[] {
  return lists
    .flatMap(list => list.map((group, i) => ({ group, at: (i + 0.5) / list.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ group }) => group)
}
