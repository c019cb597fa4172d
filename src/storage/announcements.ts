import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { Announcements } from './changes.ts'
import type { PostgresConnection } from './postgres-connection.ts'

const RETRY_MS = 1_000
const PROBE_MS = 15_000

/** PGlite tells its own process. */
export function hearPglite(pglite: PGlite, channel: string): Announcements {
  return {
    async listen(onMessage, onState) {
      const stop = await pglite.listen(channel, onMessage)
      onState(true)
      return stop
    },
  }
}

/**
 * PostgreSQL tells over a connection of its own. A lost one is made anew; a silent one is found out by a probe, since a
 * connection that a firewall forgot looks like one on which nothing happens.
 */
export function hearPostgres(connection: PostgresConnection, channel: string): Announcements {
  return {
    async listen(onMessage, onState) {
      let client: pg.Client | null = null
      let timer: NodeJS.Timeout | undefined
      let stopped = false

      async function connect(): Promise<void> {
        const fresh = new pg.Client({
          ...connection,
          keepAlive: true,
          query_timeout: 5_000,
        })
        fresh.on('notification', message => onMessage(message.payload ?? ''))
        // A broken connection may tell of it more than once, and an error that nobody hears ends the process.
        fresh.on('error', () => lost(fresh))
        fresh.once('end', () => lost(fresh))
        try {
          await fresh.connect()
          await fresh.query(`listen ${pg.escapeIdentifier(channel)}`)
        } catch (error) {
          fresh.end().catch(() => {})
          throw error
        }
        if (stopped) return fresh.end()
        client = fresh
        onState(true)
        timer = setInterval(() => fresh.query('select 1').catch(() => lost(fresh)), PROBE_MS).unref()
      }

      function lost(which: pg.Client): void {
        if (client !== which) return
        client = null
        clearInterval(timer)
        which.end().catch(() => {})
        onState(false)
        again()
      }

      function again(): void {
        if (!stopped) setTimeout(() => stopped || connect().catch(again), RETRY_MS).unref()
      }

      await connect()
      return async () => {
        stopped = true
        clearInterval(timer)
        const last = client
        client = null
        await last?.end()
      }
    },
  }
}
