import type { Needs } from '../../base/nouns.ts'
import type { Client } from '../client.ts'
import type { SecretSummary } from './client-secret.ts'

const HOUR_MS = 3_600_000
/** How many secrets a process remembers having noted. */
const MOST = 10_000

const NOTE = `
  insert into client_secret_use (client_id, secret_id, last_used_at) select id, ?, ? from client where id = ?
  on conflict (client_id, secret_id)
    do update set last_used_at = greatest(client_secret_use.last_used_at, excluded.last_used_at)`

/**
 * When each secret of a client was last used, so that operators see whether an old one still is. A use is written at most
 * once an hour by each process, so that the time may be an hour behind.
 */
export class SecretUse {
  readonly #app
  readonly #noted = new Map<string, number>()

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** A client has authenticated with this secret. */
  async note(clientId: string, secretId: string): Promise<void> {
    const [now, key] = [this.#app.clock.now(), `${secretId} ${clientId}`]
    if ((this.#noted.get(key) ?? 0) > now.getTime() - HOUR_MS) return
    if (this.#noted.size >= MOST) this.#noted.clear()
    this.#noted.set(key, now.getTime())
    await this.#app.em.execute(NOTE, [secretId, now.toISOString(), clientId])
  }

  /** The secrets of a client that can be used, the newest last. */
  async summaries(client: Client): Promise<SecretSummary[]> {
    const sql = 'select secret_id, last_used_at from client_secret_use where client_id = ?'
    const rows = await this.#app.em.execute<{ secret_id: string; last_used_at: string | Date }[]>(sql, [client.id])
    const used = new Map(rows.map(row => [row.secret_id, new Date(row.last_used_at)]))
    return client.liveSecrets(this.#app.clock.now()).map(({ id, createdAt, expiresAt }) => ({
      id,
      createdAt: new Date(createdAt),
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      lastUsedAt: used.get(id) ?? null,
    }))
  }

  /** Forgets the secrets that the client no longer has. */
  async forget(clientId: string): Promise<void> {
    const sql = `
      delete from client_secret_use as used using client where client.id = used.client_id and used.client_id = ?
        and not exists (select from jsonb_array_elements(client.secrets) as secret where secret ->> 'id' = used.secret_id)`
    await this.#app.em.execute(sql, [clientId])
  }
}
