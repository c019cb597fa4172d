import { macOf } from './event-mac.ts'
import type { OpenAuditKey } from './open-audit-key.ts'

/** A link by its number; hexadecimal. Events carry the last one that their process had seen. */
export interface Anchor {
  seq: number
  link: string
}

/** The tip of a chain, as it is stored; MACs and links are hexadecimal. */
export interface StoredTip extends Anchor {
  /** Events of earlier releases up to this ID have been adopted. */
  adoptedTo: string | null
  adopted: number
  mac: string
}

/** The tip of a chain without links. */
export function firstTip({ mac, id }: OpenAuditKey): StoredTip {
  const tip = { seq: 0, link: macOf(mac, ['chain', id]), adoptedTo: null, adopted: 0 }
  return { ...tip, mac: tipMac({ mac, id }, tip) }
}

/** @returns hexadecimal */
export function tipMac({ mac, id }: Pick<OpenAuditKey, 'mac' | 'id'>, tip: Omit<StoredTip, 'mac'>): string {
  return macOf(mac, ['tip', id, tip.seq, tip.link, tip.adoptedTo, tip.adopted])
}
