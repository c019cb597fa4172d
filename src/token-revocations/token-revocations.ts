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
  #publishing: Promise<void> = Promise.resolve()
  #queued: Promise<void> | null = null

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
    const latest = new Map<string, number>()
    for (const { key, exp } of tokens) {
      const name = key.toString('hex')
      latest.set(name, Math.max(exp, latest.get(name) ?? 0))
    }
    const unique = [...latest]
    for (let start = 0; start < unique.length; start += BATCH) {
      const rows = unique.slice(start, start + BATCH)
      await this.#sql.query(
        `insert into token_revocation (key, expires_at)
         values ${rows.map(() => `(decode(?, 'hex'), to_timestamp(?))`).join(', ')}
         on conflict (key) do update set expires_at = excluded.expires_at, position = null
         where token_revocation.expires_at < excluded.expires_at`,
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

  /** A reader needs what was committed before it asked: at most one publication is under way, and one waits for it. */
  #publish(): Promise<void> {
    this.#queued ??= this.#publishing
      .catch(() => {})
      .then(() => {
        this.#queued = null
        this.#publishing = this.#publishNow()
        return this.#publishing
      })
    return this.#queued
  }

  /**
   * Gives committed entries their positions. One transaction at a time does so, and a later one sees what an earlier one
   * published: a position that is lower than one that was read is never given out, nor by a database that was restored from
   * a backup, since positions are at least the time in microseconds.
   */
  async #publishNow(): Promise<void> {
    const [some] = await this.#sql.query('select 1 as some from token_revocation where position is null limit 1', [])
    if (!some) return
    await this.#sql.transaction(async sql => {
      const [list] = await sql.query<{ from: string | number }>(
        `select greatest(published, floor(extract(epoch from clock_timestamp()) * 1000000)::bigint) as from
         from token_revocation_list for update`,
        [],
      )
      // An entry that another transaction is renewing is published when that one has committed.
      await sql.query(
        `with found as materialized (
           select key from token_revocation where position is null for update skip locked
         ), fresh as (
           select key, ?::bigint + row_number() over (order by key) as position from found
         ), given as (
           update token_revocation set position = fresh.position from fresh where token_revocation.key = fresh.key
           returning fresh.position
         )
         update token_revocation_list set published = greatest(published, (select max(position) from given))`,
        [String(list!.from)],
      )
    })
  }

  /** Calls back when something may have been put on the list. */
  onChange(listener: () => void): void {
    this.#changes.subscribe('token_revocation', listener)
  }

  async sweep(): Promise<number> {
    // An account can be erased while a change of its role gives it a key.
    await this.#sql.query(
      `delete from token_key where owner not like 'client:%' and owner <> 'everyone'
       and not exists (select from account where account.id = substr(owner, 9, 36)::uuid)`,
      [],
    )
    const gone = await this.#sql.query('delete from token_revocation where expires_at <= now() returning 1 as gone', [])
    return gone.length
  }
}
