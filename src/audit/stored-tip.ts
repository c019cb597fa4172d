import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { BrokenChain } from './broken-chain.ts'
import { sameMac } from './event-mac.ts'
import type { OpenAuditKey } from './open-audit-key.ts'
import { type Anchor, type StoredTip, tipMac } from './tip.ts'

const TIP = `
  select t.seq::text as seq, encode(t.link, 'hex') as link, t.adopted_to::text as "adoptedTo", t.adopted::text as adopted,
    encode(t.mac, 'hex') as mac, (select max(l.seq) from audit_link l)::text as last
  from audit_tip t`

const WRITE_TIP = `
  update audit_tip set seq = ?, link = decode(?, 'hex'), adopted_to = ?, adopted = ?, mac = decode(?, 'hex')`

interface TipRow {
  seq: string
  link: string
  adoptedTo: string | null
  adopted: string
  mac: string
  last: string | null
}

/**
 * The tip of the chain: its last link, which only Gatehouse can write.
 * @returns it and the number of the last link that is stored
 * @throws BrokenChain if it is missing or not proven by its MAC
 */
export async function readTip(em: SqlEntityManager, key: OpenAuditKey): Promise<{ tip: StoredTip; last: number }> {
  const [row] = await em.execute<TipRow[]>(TIP)
  if (!row) throw new BrokenChain('the tip of the chain is missing')
  const { seq, adopted, last, ...rest } = row
  const tip = { ...rest, seq: Number(seq), adopted: Number(adopted) }
  if (!sameMac(tipMac(key, tip), tip.mac)) throw new BrokenChain('the tip of the chain was altered')
  return { tip, last: Number(last ?? 0) }
}

/** The last link; null where the tip proves nothing. */
export async function storedAnchor(em: SqlEntityManager, key: OpenAuditKey): Promise<Anchor | null> {
  try {
    const { seq, link } = (await readTip(em, key)).tip
    return { seq, link }
  } catch (error) {
    if (error instanceof BrokenChain) return null
    throw error
  }
}

/** @throws Error outside of the transaction that writes the links */
export async function writeTip(em: SqlEntityManager, key: OpenAuditKey, tip: Omit<StoredTip, 'mac'>): Promise<void> {
  await em.execute(WRITE_TIP, [tip.seq, tip.link, tip.adoptedTo, tip.adopted, tipMac(key, tip)])
}
