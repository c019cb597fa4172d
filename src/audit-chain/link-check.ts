import { eventMac, isoTime, provenAs, type StoredEvent, sameMac } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import { firstTip } from '../audit/tip.ts'
import type { Findings, Problem } from './findings.ts'
import { type Link, type LinkRow, linkMac, linkOf } from './link.ts'

/** A link with its event; the properties of the event are null if it is missing. */
export type LinkWithEvent = LinkRow & {
  /** The link of the number that the event names. */ anchored: string | null
} & ({ [Name in keyof StoredEvent]: null } | StoredEvent)

/** What a later event must explain: that the event is missing (null), or that it has lost its personal data. */
export interface Unexplained {
  link: Link
  event: StoredEvent | null
}

/** Follows the chain link by link. */
export class LinkCheck {
  /** Of the last link. */
  seq = 0
  link: string
  readonly #key: OpenAuditKey
  readonly #findings: Findings
  readonly #first: string

  constructor(key: OpenAuditKey, findings: Findings) {
    this.#first = firstTip(key).link
    this.link = this.#first
    this.#key = key
    this.#findings = findings
  }

  /** Checks the next link and its event. */
  next(row: LinkWithEvent): Unexplained | null {
    const link = linkOf(row)
    const proven = this.#follows(link)
    if (row.id === null) {
      if (proven) return { link, event: null }
      this.#report('removed', link)
      return null
    }
    const proof = provenAs(this.#key.mac, row)
    const problem = this.#problemOf(link, row, proof)
    if (problem) this.#report(problem, link)
    else if (row.mac !== null && !this.#isAnchored(link, row)) this.#report('rewound', link)
    if (row.pending) this.#report('marked as new', link)
    return proof === 'erased' && !problem ? { link, event: row } : null
  }

  /** Reports the links that are missing before this number. */
  gapBefore(seq: number): boolean {
    const missing = seq - this.seq - 1
    if (missing <= 0) return false
    const from = this.seq + 1
    const detail = missing === 1 ? `link ${from} was removed` : `links ${from} to ${seq - 1} were removed`
    this.#findings.add('link removed', { seq: from, detail }, missing)
    return true
  }

  /** Whether the link is the one that Gatehouse wrote after the last one. */
  #follows(link: Link): boolean {
    const gap = this.gapBefore(link.seq)
    const inOrder = link.seq > this.seq
    // After a gap, the link before is not known. Its own event is still checked.
    const proven = inOrder && !gap && sameMac(linkMac(this.#key, this.link, link), link.link)
    if (!proven && !gap) this.#report('link altered', link)
    if (inOrder) Object.assign(this, { seq: link.seq, link: link.link })
    return proven
  }

  #problemOf(link: Link, event: StoredEvent, proof: ReturnType<typeof provenAs>): Problem | null {
    if (link.proof === 'wrong') return 'inserted'
    if (proof === 'erased') return null
    if (proof === 'event') return event.mac === link.eventMac ? null : 'altered'
    const adopted = link.proof === 'adopted' && event.mac === null && link.eventMac !== null
    return adopted && sameMac(eventMac(this.#key.mac, 'adopted', event), link.eventMac!) ? null : 'altered'
  }

  /** Whether the chain still has the link that had been written before the event. */
  #isAnchored({ seq }: Link, { anchorSeq, anchorLink, anchored }: LinkWithEvent): boolean {
    if (anchorSeq === null || anchorLink === null || Number(anchorSeq) >= seq) return false
    return sameMac(anchorLink, Number(anchorSeq) === 0 ? this.#first : (anchored ?? ''))
  }

  #report(problem: Problem, { seq, eventId, at }: Link): void {
    this.#findings.add(problem, { seq, event: eventId, at: isoTime(at) })
  }
}
