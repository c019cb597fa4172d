import { z } from 'zod'
import type { Head } from '../../src/audit-chain/heads.ts'
import type { Verdict } from '../../src/audit-chain/verification.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError, usageError } from '../kit/failures.ts'
import type { Work } from '../kit/verb.ts'

export interface VerifyOptions {
  head?: string
  limit: number
}

const HEX = /^[0-9a-f]{64}$/
const HEAD = z.object({
  seq: z.int().min(0),
  link: z.string().regex(HEX),
  at: z.iso.datetime(),
  adopted: z.int().min(0),
  began: z.iso.datetime(),
  key: z.string(),
  signature: z.base64url(),
})

/** Prints the verdict. @throws CliError with an exit code of its own unless everything is proven */
export async function verify({ app, out, io }: Work, { head: path, limit }: VerifyOptions): Promise<void> {
  const head = path === undefined ? undefined : headIn(await io.read({ path }))
  // Links what was written in the last second. Where that fails, verification says why.
  await app.auditChain.appendAll().catch(() => {})
  const progress = (done: number, all: number) => io.progress(`${done} of ${all} links`)
  const verdict = await app.auditVerification.run({ head, limit, progress })
  io.progress('')
  out.text(verdict, text(verdict))
  if (verdict.verdict === 'findings')
    throw new CliError({
      exit: EXIT.findings,
      code: 'audit_findings',
      message: 'the audit trail is not what Gatehouse has written',
      advice: 'docs/operate.md says what to do: "After a finding".',
    })
  if (verdict.verdict === 'unverified')
    throw new CliError({
      exit: EXIT.unverified,
      code: 'audit_unverified',
      message: `the audit trail could not be verified: ${verdict.reason}`,
    })
}

function headIn(text: string): Head {
  try {
    return HEAD.parse(JSON.parse(text))
  } catch {
    throw usageError('--head: the file is not a head of the audit trail', 'Make one with gatehouse audit head --json.')
  }
}

function text({ verdict, chain, links, deleted, waiting, seq, counts, findings }: Verdict): string {
  const found = findings.map(({ seq, event, at, detail }) => {
    const where = [seq !== null && `link ${seq}`, event && `event ${event}`, at].filter(Boolean)
    return `${[...where, detail].join(', ')}\n`
  })
  const totals = Object.entries(counts).map(([problem, count]) => `${problem}: ${count}\n`)
  const checked = `${links} links checked; ${deleted} events deleted by retention; ${waiting} events wait for their link.\n`
  const begun = chain
    ? `Chain begun ${chain.began}, key ${chain.key}, ${chain.adopted} events of earlier releases adopted without proof.\n`
    : ''
  const results = {
    proven: seq
      ? `Proven: no event was altered, removed or inserted up to link ${seq}.\n`
      : 'Proven: the chain is empty.\n',
    findings: 'Not proven.\n',
    unverified: 'Not verified.\n',
  }
  const list = found.length > 0 ? `${found.join('')}\nFindings:\n${totals.join('')}\n` : ''
  return `${list}${begun}${checked}${results[verdict]}`
}
