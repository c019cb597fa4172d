import type { SqlEntityManager } from '@mikro-orm/postgresql'

/** The name of the lock of `Atomically.alone`. */
export const aloneLock = (name: string): string => `alone ${name}`

/** PostgreSQL shows the details of a session only to its own role and to members of pg_read_all_stats. */
const HOLDER = `
  select a.pid, a.application_name as application, a.usename as role, host(a.client_addr) as address, a.state,
    extract(epoch from clock_timestamp() - a.xact_start)::int as seconds
  from pg_locks l join pg_stat_activity a on a.pid = l.pid, hashtextextended(?, 0) as k(key)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and a.datname = current_database()
    and l.database = a.datid and l.classid::bigint = (k.key >> 32 & 4294967295) and l.objid::bigint = (k.key & 4294967295)`

interface HolderRow {
  pid: number
  application: string | null
  role: string | null
  address: string | null
  state: string | null
  seconds: number | null
}

/**
 * The session that holds the lock of `Atomically.alone` now, in words: `PostgreSQL process 4711 (psql, role ada, at
 * 192.0.2.1, idle in transaction for 75 s)`; null if none does.
 */
export async function lockHolder(em: SqlEntityManager, name: string): Promise<string | null> {
  const [row] = await em.execute<HolderRow[]>(HOLDER, [aloneLock(name)])
  if (!row) return null
  const { pid, application, role, address, state, seconds } = row
  const doing = [state, seconds !== null && `for ${seconds} s`].filter(Boolean).join(' ')
  const details = [application, role && `role ${role}`, address && `at ${address}`, doing].filter(Boolean)
  return `PostgreSQL process ${pid}${details.length > 0 ? ` (${details.join(', ')})` : ''}`
}
