import type { Needs } from '../base/nouns.ts'
import { type Sql, sqlOf } from '../storage/database/sql.ts'

/** Entries of a page. */
const PAGE = 32_768

/** Statements put at most this many rows on the list at once. */
const BATCH = 500

interface Revoked {
  key: Buffer
  /** When the token expires, in epoch seconds. */
  exp: number
}

/** A part of the list, in the order in which it was published. */
export interface Page {
  /** Where this part ends: the reader asks next for what comes after it. */
  position: number
  /** Whether there is more at once. */
  more: boolean
  /**
   * For each entry 20 bytes: the key, and the epoch second from which no token has it, as an unsigned 32-bit big-endian
   * number.
   */
  entries: Buffer
}

/** The database packs the entries, so that a page takes little memory here. */
const ENTRIES = `
  select count(*) as count, max(position) as last, coalesce(encode(string_agg(
    key || substring(int8send(ceil(extract(epoch from expires_at))::bigint) from 5), '' order by position), 'base64'), '') as entries
  from (
    select key, expires_at, position from token_revocation
    where position > ? and position <= ? and expires_at > now() order by position limit ${PAGE}
  ) page`

interface Row {
  count: string | number
  last: string | number | null
  entries: string
}

/** Access tokens that were revoked before they expired, kept in the database until no token can be valid any more. */
export class TokenRevocations {
  readonly #sql: Sql
  readonly #changes
  /** Tokens that wait for the statement in progress, so that concurrent requests share the next one. */
  #waiting: Revoked[] = []
  #next: Promise<void> | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(app: Needs<'em' | 'changes'>) {
    this.#sql = sqlOf(app.em)
    this.#changes = app.changes
  }

  /** Puts single tokens on the list. They are revoked, in every process, once this resolves. */
  record(tokens: readonly Revoked[]): Promise<void> {
    this.#waiting.push(...tokens)
    this.#next ??= this.#writing
      .catch(() => {})
      .then(() => {
        const batch = this.#waiting
        this.#waiting = []
        this.#next = null
        this.#writing = this.#write(batch)
        return this.#writing
      })
    return this.#next
  }

  async #write(tokens: readonly Revoked[]): Promise<void> {
    const unique = [...new Map(tokens.map(token => [token.key.toString('hex'), token.exp]))]
    for (let start = 0; start < unique.length; start += BATCH) {
      const rows = unique.slice(start, start + BATCH)
      await this.#sql.query(
        `insert into token_revocation (key, expires_at)
         values ${rows.map(() => `(decode(?, 'hex'), to_timestamp(?))`).join(', ')}
         on conflict (key) do nothing`,
        rows.flat(),
      )
    }
    if (unique.length > 0) await this.#sql.query(`select pg_notify('gatehouse_changed', 'token_revocation:')`, [])
  }

  /** Whether the list has one of these keys. It reads what is committed, not what this process has noticed. */
  async includes(keys: readonly Buffer[]): Promise<boolean> {
    const [row] = await this.#sql.query<{ revoked: boolean }>(
      `select exists (
         select from token_revocation where key in (${keys.map(() => `decode(?, 'hex')`).join(', ')})
       ) as revoked`,
      keys.map(key => key.toString('hex')),
    )
    return row!.revoked
  }

  /** What comes after a position; 0 is the beginning. */
  async page(after: number): Promise<Page> {
    await this.#publish()
    const [list] = await this.#sql.query<{ published: string | number }>(
      'select published from token_revocation_list',
      [],
    )
    const published = Number(list!.published)
    if (published <= after) return { position: published, more: false, entries: Buffer.alloc(0) }
    const [page] = await this.#sql.query<Row>(ENTRIES, [after, published])
    const { count, last, entries } = page!
    const more = Number(count) === PAGE && Number(last) < published
    return { position: more ? Number(last) : published, more, entries: Buffer.from(entries, 'base64') }
  }

  /**
   * Gives committed entries their positions. One transaction at a time does so, and a later one sees what an earlier one
   * published: a position that is lower than one that was read is never given out.
   */
  async #publish(): Promise<void> {
    const [some] = await this.#sql.query('select 1 as some from token_revocation where position is null limit 1', [])
    if (!some) return
    await this.#sql.transaction(async sql => {
      const [list] = await sql.query<{ published: string | number }>(
        'select published from token_revocation_list for update',
        [],
      )
      await sql.query(
        `with fresh as (
           select key, row_number() over (order by key) as number from token_revocation where position is null
         ), given as (
           update token_revocation set position = ?::bigint + number from fresh where token_revocation.key = fresh.key
           returning 1
         )
         update token_revocation_list set published = published + (select count(*) from given)`,
        [String(list!.published)],
      )
    })
  }

  /** Calls back when something may have been put on the list. */
  onChange(listener: () => void): void {
    this.#changes.subscribe('token_revocation', listener)
  }

  async sweep(): Promise<number> {
    const gone = await this.#sql.query('delete from token_revocation where expires_at <= now() returning 1 as gone', [])
    return gone.length
  }
}
