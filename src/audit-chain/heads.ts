import { sign, verify } from 'node:crypto'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { BrokenChain } from '../audit/broken-chain.ts'
import { isoTime } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import type { Needs } from '../base/nouns.ts'
import { ChainWait, type Waiting } from './chain-wait.ts'

const DAY_MS = 86_400_000

/** The signed state of the chain at a time. Kept outside, it proves what the chain contained then. */
export interface Head {
  seq: number
  /** Hexadecimal. */
  link: string
  /** ISO 8601, as `began`. */
  at: string
  /** Events of earlier releases in the chain. */
  adopted: number
  /** When the chain began. */
  began: string
  /** The ID of the audit key. */
  key: string
  /** Ed25519, base64url. */
  signature: string
}

interface HeadRow {
  seq: string
  link: string
  at: string
  adopted: string
  began: string
  key: string
  signature: string
}

const INSERT = `
  insert into audit_head (at, seq, link, adopted, began, key_id, signature)
  values (?, ?, decode(?, 'hex'), ?, ?, ?, decode(?, 'hex'))`
const SELECT = `
  select seq::text as seq, encode(link, 'hex') as link, extract(epoch from at)::text as at, adopted::text as adopted,
    extract(epoch from began)::text as began, key_id as key,
    encode(signature, 'hex') as signature
  from audit_head`

/** The heads of the chain: one each day, in the database and in the log, and one whenever an operator wants one. */
export class AuditHeads {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'log' | 'auditKey' | 'auditChain'>) {
    this.#app = app
  }

  /** Links what waits, and signs where the chain is then. @throws BrokenChain, ChainInUse */
  async make(waiting?: Waiting): Promise<Head> {
    const wait = new ChainWait(this.#app, waiting)
    await this.#app.auditChain.appendAll(wait)
    return this.#app.auditChain.inTurn(this.#key(), wait, tip => this.#store(tip))
  }

  /**
   * Links what waits, and makes the head of the day, in one process.
   * @returns the head before, or null if there was none; undefined if none is due
   * @throws BrokenChain
   */
  async makeDaily(): Promise<Head | null | undefined> {
    if (!(await this.#due())) return undefined
    await this.#app.auditChain.appendAll()
    return this.#app.auditChain.exclusively<Head | null | undefined>(this.#key(), undefined, async tip => {
      const before = await this.newest()
      if (!(await this.#due())) return undefined
      await this.#store(tip)
      return before
    })
  }

  /** The newest head with a valid signature. */
  async newest(): Promise<Head | null> {
    const rows = await this.#app.em.execute<HeadRow[]>(`${SELECT} order by id desc limit 100`)
    return rows.map(headOf).find(head => isSigned(head, this.#key())) ?? null
  }

  /** A head is due a day after the newest one, or when the clock was set back by as much. */
  async #due(): Promise<boolean> {
    const newest = await this.newest()
    return newest === null || Math.abs(this.#app.clock.now().getTime() - Date.parse(newest.at)) >= DAY_MS
  }

  async #store({ seq, link, adopted }: { seq: number; link: string; adopted: number }): Promise<Head> {
    const key = this.#key()
    const at = this.#app.clock.now().toISOString()
    const signed = { seq, link, at, adopted, began: key.began.toISOString(), key: key.id }
    const signature = sign(null, textOf(signed), key.signing)
    const values = [at, seq, link, adopted, signed.began, key.id, signature.toString('hex')]
    await this.#app.em.execute(INSERT, values)
    const head = { ...signed, signature: signature.toString('base64url') }
    this.#app.log.info({ auditHead: head }, 'head of the audit trail')
    return head
  }

  #key(): OpenAuditKey {
    const key = this.#app.auditKey.opened
    if (!key) throw new BrokenChain('the audit key is missing')
    return key
  }
}

/** The ID of the newest one that is stored; 0 if there is none. */
export async function newestHead(em: SqlEntityManager): Promise<string> {
  const [row] = await em.execute<{ id: string }[]>('select coalesce(max(id), 0)::text as id from audit_head')
  return row!.id
}

/** All that are stored up to an ID, oldest first. */
export async function* storedHeads(em: SqlEntityManager, until: string): AsyncGenerator<Head> {
  for (let page = 0; ; page++) {
    const rows = await em.execute<HeadRow[]>(`${SELECT} where id <= ? order by id limit 1000 offset ?`, [
      until,
      page * 1000,
    ])
    yield* rows.map(headOf)
    if (rows.length < 1000) return
  }
}

/** Whether the head was signed with the key of this installation. */
export function isSigned(head: Head, { id, verifying }: OpenAuditKey): boolean {
  return head.key === id && verify(null, textOf(head), verifying, Buffer.from(head.signature, 'base64url'))
}

function textOf({ seq, link, at, adopted, began, key }: Omit<Head, 'signature'>): Buffer {
  return Buffer.from(JSON.stringify(['gatehouse audit head', seq, link, at, adopted, began, key]))
}

function headOf({ seq, link, at, adopted, began, key, signature }: HeadRow): Head {
  return {
    seq: Number(seq),
    link,
    at: isoTime(at),
    adopted: Number(adopted),
    began: isoTime(began),
    key,
    signature: Buffer.from(signature, 'hex').toString('base64url'),
  }
}
