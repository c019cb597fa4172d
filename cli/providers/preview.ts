import { type Claims, identityOf } from '../../src/federation/providers/claim-mapping.ts'
import { SUBSCRIBER } from '../../src/roles/role.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import { inLines } from '../kit/lines.ts'
import type { Work } from '../kit/verb.ts'
import { outcomeOf } from './outcome.ts'

/** What Gatehouse would read from a set of claims, and what would happen at sign-in. Changes nothing. */
export async function preview({ app, io, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  if (io.interactive) out.note('Paste the claims as JSON, then press Ctrl-D.')
  const { roles, ...identity } = identityOf(provider, await claimsIn(io))
  const { outcome, because } = await outcomeOf(app, provider, { ...identity, roles })
  const existing = new Set((await app.roles.list()).map(role => role.name))
  const atFirst = ['newcomer', 'introduce'].includes(outcome) ? [SUBSCRIBER, ...provider.policy.roles] : []
  const named = [...new Set([...atFirst, ...(roles ?? [])])]
  const summary = {
    outcome,
    because,
    ...identity,
    roles: named.filter(role => existing.has(role)),
    unknownRoles: named.filter(role => !existing.has(role)),
  }
  out.text(summary, inLines(summary))
}

async function claimsIn(io: Io): Promise<Claims> {
  const text = await io.read('stdin')
  try {
    const claims: unknown = JSON.parse(text)
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Claims
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw usageError('standard input is not a JSON object', 'Expected claims such as {"sub": "248289761001"}.')
}
