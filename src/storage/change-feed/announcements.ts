import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { closed } from '../database/closing.ts'
import type { PostgresConnection } from '../database/postgres-connection.ts'
import { databaseAnswer } from '../store-errors.ts'
import type { Announcements } from './changes.ts'

const RETRY_MS = 1_000
const PROBE_MS = 15_000
/** Milliseconds that our own announcement may take to arrive. */
const DEAF_MS = 2_000
const PROBE = 'probe:'

/** Receives announcements of PGlite, which runs in this process. */
export function hearPglite(pglite: PGlite, channel: string): Announcements {
  return {
    async listen(onMessage, onState) {
      const stop = await pglite.listen(channel, onMessage)
      onState('heard')
      return stop
    },
  }
}

/**
 * Receives announcements of PostgreSQL over a separate connection, and reconnects when it is lost. A probe detects a
 * silent connection, since one that a firewall dropped looks like one on which nothing happens. Behind a pooler in
 * transaction mode the connection works but receives nothing, so the probe is itself an announcement, sent by
 * `announce` over another connection.
 */
export function hearPostgres(
  connection: PostgresConnection,
  channel: string,
  announce: (payload: string) => Promise<unknown>,
): Announcements {
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
        // A broken connection may emit several errors, and an error event without a listener would end the process.
        fresh.on('error', () => lost(fresh))
        fresh.once('end', () => lost(fresh))
        try {
          await databaseAnswer(fresh.connect())
          await databaseAnswer(fresh.query(`listen ${pg.escapeIdentifier(channel)}`))
        } catch (error) {
          fresh.end().catch(() => {})
          throw error
        }
        if (stopped) return fresh.end()
        client = fresh
        await probe(fresh)
        if (client === fresh) timer = setInterval(() => void probe(fresh), PROBE_MS).unref()
      }

      async function probe(which: pg.Client): Promise<void> {
        const payload = PROBE + randomUUID()
        const back = Promise.withResolvers<boolean>()
        const hear = (message: pg.Notification) => message.payload === payload && back.resolve(true)
        which.on('notification', hear)
        const late = setTimeout(() => back.resolve(false), DEAF_MS)
        try {
          // LISTEN is repeated, since a pooler may have switched to another server connection.
          await which.query(`listen ${pg.escapeIdentifier(channel)}`)
          // If nothing can be announced, nothing arrives either.
          announce(payload).catch(() => back.resolve(false))
          const heard = await back.promise
          if (client === which) onState(heard ? 'heard' : 'deaf')
        } catch {
          lost(which)
        } finally {
          clearTimeout(late)
          which.off('notification', hear)
        }
      }

      function lost(which: pg.Client): void {
        if (client !== which) return
        client = null
        clearInterval(timer)
        which.end().catch(() => {})
        onState('lost')
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
        await closed(last?.end())
      }
    },
  }
}
