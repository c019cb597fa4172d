import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import type { Findings } from './findings.ts'
import { type Head, isSigned, storedHeads } from './heads.ts'

interface Heads {
  key: OpenAuditKey
  /** The last link of the chain. */
  last: number
  findings: Findings
  /** Of the newest stored head when the tip was read: one that was made since may be of a later link. */
  until: string
  /** A head that was kept elsewhere. */
  head: Head | undefined
}

/** Compares the heads that are stored, and one that was kept elsewhere, with the chain. */
export async function checkHeads(em: SqlEntityManager, { key, last, findings, until, head }: Heads): Promise<void> {
  for await (const each of storedHeads(em, until)) {
    const problem = await problemOf(each)
    if (problem) findings.add('head', { seq: each.seq, at: each.at, detail: `the head of ${each.at} ${problem}` })
  }
  const problem = head && (await problemOf(head))
  if (problem) findings.add('head', { seq: head.seq, at: head.at, detail: `the head that was given ${problem}` })

  async function problemOf(each: Head): Promise<string | null> {
    if (each.key !== key.id) return 'was signed with the key of another chain: this one was begun again'
    if (!isSigned(each, key)) return 'has a wrong signature'
    if (each.seq > last) return `has ${each.seq} links, but the chain has only ${last}: an older state was restored`
    if (each.seq === 0) return null
    const [row] = await em.execute<{ link: string }[]>(
      `select encode(link, 'hex') as link from audit_link where seq = ?`,
      [each.seq],
    )
    return row?.link === each.link ? null : `is not on this chain: link ${each.seq} is another one`
  }
}
