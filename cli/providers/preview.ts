import type { Claims } from '../../src/federation/providers/claim-mapping.ts'
import { previewSignIn } from '../../src/lifecycle/upstream/sign-in-preview.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import type { Work } from '../kit/verb.ts'

/** What Gatehouse would read from a set of claims, and what would happen at sign-in. Changes nothing. */
export async function preview({ app, io, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  if (io.interactive) out.note('Paste the claims as JSON, then press Ctrl-D.')
  out.record({ ...(await previewSignIn(app, provider, await claimsIn(io))) })
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
