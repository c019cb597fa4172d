import type { AccessToken, ClientCredentials } from 'oidc-provider'
import type { App } from '../../app.ts'
import { epoch } from '../../base/clock.ts'
import { checkProof, PROOF_WINDOW } from '../clients/dpop-proof.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { markUsed } from '../store/replay-detection.ts'
import { invalidToken, TokenRefused } from './token-refused.ts'

/** RFC 6750 section 2.1, RFC 9449 section 7.1. */
const HEADER = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*)$/i

/** The parts of a request that authenticate it; `proof` is the `DPoP` header. */
export type PresentedToken = Record<'authorization' | 'proof' | 'method' | 'url', string>

type Stored = AccessToken | ClientCredentials
type Parts = { app: App; current: CurrentProvider }

/**
 * Reads `Authorization: Bearer …`, or `DPoP …` with its proof. The token must be an access token with this audience:
 * undefined for one that is for no API.
 * @param scope what the challenge asks for if there is no token
 * @throws TokenRefused
 */
export async function readToken(
  { app, current }: Parts,
  presented: PresentedToken,
  { audience, scope }: { audience: string | undefined; scope: string },
): Promise<Stored> {
  if (presented.authorization === '') throw new TokenRefused('token_required', 'an access token is required', { scope })
  const [, scheme = '', value] = HEADER.exec(presented.authorization) ?? []
  if (!value)
    throw new TokenRefused('invalid_request', 'send the access token as Authorization: Bearer TOKEN, or DPoP TOKEN')
  const token = await stored(current, value)
  if (!token || token.aud !== audience) throw invalidToken()
  if (/^dpop$/i.test(scheme)) await requireProof(token, { ...presented, token: value }, app)
  // A token that is bound to a key is never accepted without a proof of that key.
  else if (token.isSenderConstrained()) throw invalidToken()
  return token
}

/** A token of a person, or else of a machine. */
async function stored({ provider }: CurrentProvider, value: string): Promise<Stored | undefined> {
  return (await provider.AccessToken.find(value)) ?? provider.ClientCredentials.find(value)
}

/** Requires a token that is bound to a key, and an unused proof of that key (RFC 9449 section 7). */
async function requireProof(
  token: Stored,
  presented: PresentedToken & { token: string },
  { replayMarks, clock }: App,
): Promise<void> {
  const now = epoch(clock.now())
  const proof = await checkProof(presented.proof, { ...presented, now })
  if (!proof)
    throw new TokenRefused(
      'invalid_dpop_proof',
      'the DPoP proof is invalid, expired, or made for another request or token',
    )
  if (!token.jkt || token.jkt !== proof.thumbprint) throw invalidToken()
  const { jti, iat } = proof
  const until = now + 2 * PROOF_WINDOW
  if (!(await markUsed(replayMarks, { clientId: token.clientId ?? '', jti, issuedAt: iat, until })))
    throw new TokenRefused('invalid_dpop_proof', 'the DPoP proof was already used')
}
