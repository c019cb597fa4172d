import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { PostgresConnection } from '../database/postgres-connection.ts'
import { databaseReply } from '../store-errors.ts'
import { CLOSING_MS, settledWithin } from '../wait-budget.ts'
import type { Listen } from './changes.ts'

const RETRY_MS = 1_000
const PROBE_MS = 15_000
/** Milliseconds that our own notification may take to arrive. */
const PROBE_TIMEOUT_MS = 2_000
const PROBE = 'probe:'

/** Receives notifications of PGlite, which runs in this process. */
export function pgliteListener(pglite: PGlite, channel: string): Listen {
  return async (onMessage, onState) => {
    const stop = await pglite.listen(channel, onMessage)
    onState('receiving')
    return stop
  }
}

/**
 * Receives notifications of PostgreSQL over a separate connection, and reconnects when it is lost. A probe detects a
 * silent connection, since one that a firewall dropped looks like an idle one. Behind a pooler in transaction mode the
 * connection works but receives nothing, so the probe is itself a notification, sent by `notify` over another
 * connection.
 */
export function postgresListener(
  connection: PostgresConnection,
  channel: string,
  notify: (payload: string) => Promise<unknown>,
): Listen {
  return async (onMessage, onState) => {
    let client: pg.Client | null = null
    let timer: NodeJS.Timeout | undefined
    let stopped = false

    async function connect(): Promise<void> {
      const candidate = new pg.Client({ ...connection, keepAlive: true, query_timeout: 5_000 })
      candidate.on('notification', message => onMessage(message.payload ?? ''))
      // A broken connection may emit several errors, and an error event without a listener would end the process.
      candidate.on('error', () => lost(candidate))
      candidate.once('end', () => lost(candidate))
      try {
        await databaseReply(candidate.connect())
        await databaseReply(candidate.query(`listen ${pg.escapeIdentifier(channel)}`))
      } catch (error) {
        candidate.end().catch(() => {})
        throw error
      }
      if (stopped) return candidate.end()
      client = candidate
      await probe(candidate)
      if (client === candidate) timer = setInterval(() => void probe(candidate), PROBE_MS).unref()
    }

    async function probe(checked: pg.Client): Promise<void> {
      const payload = PROBE + randomUUID()
      const echo = Promise.withResolvers<boolean>()
      const onEcho = (message: pg.Notification) => message.payload === payload && echo.resolve(true)
      checked.on('notification', onEcho)
      const late = setTimeout(() => echo.resolve(false), PROBE_TIMEOUT_MS)
      try {
        // LISTEN is repeated, since a pooler may have switched to another server connection.
        await checked.query(`listen ${pg.escapeIdentifier(channel)}`)
        // If nothing can be sent, nothing arrives either.
        notify(payload).catch(() => echo.resolve(false))
        const arrived = await echo.promise
        if (client === checked) onState(arrived ? 'receiving' : 'silent')
      } catch {
        lost(checked)
      } finally {
        clearTimeout(late)
        checked.off('notification', onEcho)
      }
    }

    function lost(checked: pg.Client): void {
      if (client !== checked) return
      client = null
      clearInterval(timer)
      checked.end().catch(() => {})
      onState('disconnected')
      reconnect()
    }

    function reconnect(): void {
      if (!stopped) setTimeout(() => stopped || connect().catch(reconnect), RETRY_MS).unref()
    }

    await connect()
    return async () => {
      stopped = true
      clearInterval(timer)
      const last = client
      client = null
      await settledWithin(CLOSING_MS, last?.end())
    }
  }
}
