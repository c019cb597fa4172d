import { system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { NotFound } from '../../base/refusals.ts'

const DAY_MS = 86_400_000
/** How many clients a process remembers having noted. */
const MOST = 10_000
/** How many clients are removed in one sweep; the next one removes more. */
const AT_ONCE = 200

const NOTE = `
  insert into client_use (client_id, last_used_at) select id, ? from client where id = ?
  on conflict (client_id) do update set last_used_at = greatest(client_use.last_used_at, excluded.last_used_at)`

const UNUSED = `
  select client.id from client left join client_use on client_use.client_id = client.id
  where client.registered_by <> 'operator' and coalesce(client_use.last_used_at, client.created_at)
      < ?::timestamptz - greatest(?::integer, client.refresh_token_ttl) * interval '1 second'
  order by client.created_at limit ${AT_ONCE}`

/**
 * When clients that registered themselves were last used, and the removal of those that no one uses. A use is written
 * at most once a day by each process.
 */
export class ClientUse {
  readonly #app
  readonly #noted = new Map<string, number>()

  constructor(app: Needs<'em' | 'clock' | 'clients' | 'config'>) {
    this.#app = app
  }

  /** A client got a code or token. */
  async note(clientId: string): Promise<void> {
    const now = this.#app.clock.now()
    if ((this.#noted.get(clientId) ?? 0) > now.getTime() - DAY_MS) return
    if (this.#noted.size >= MOST) this.#noted.clear()
    this.#noted.set(clientId, now.getTime())
    await this.#app.em.execute(NOTE, [now.toISOString(), clientId])
  }

  /** Removes clients that registered themselves and have not been used for long. @returns how many */
  async sweep(): Promise<number> {
    const { unusedClientTtl, refreshTokenTtl } = this.#app.config
    const [now, ttl] = [this.#app.clock.now().toISOString(), Math.max(unusedClientTtl, refreshTokenTtl)]
    const unused = await this.#app.em.execute<{ id: string }[]>(UNUSED, [now, ttl])
    let removed = 0
    for (const { id } of unused) if (await this.#remove(id)) removed++
    return removed
  }

  /** @returns false if another process, an operator or the client itself was faster */
  async #remove(id: string): Promise<boolean> {
    try {
      await this.#app.clients.remove(id, { by: system, reason: 'unused' })
      return true
    } catch (error) {
      if (error instanceof NotFound) return false
      throw error
    }
  }
}
