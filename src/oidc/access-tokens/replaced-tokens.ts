import type { AccessToken, KoaContextWithOIDC } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { keyOf } from '../../storage/artifacts/artifact.ts'
import { revocationKey } from '../../token-revocations/revocation-key.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

/** An access token, as the refresh token that was issued with it remembers it; without what gives access. */
interface Remembered {
  /** The key on the list of revoked tokens, in hexadecimal, of a JWT; the key in the store of an opaque token. */
  key: string
  jwt: boolean
  /** The audience; empty if it has none. */
  aud: string
  /** Epoch seconds. */
  exp: number
}

type Parts = Needs<'clock' | 'config' | 'tokenRevocations'> & { unit: UnitOfWork }

/**
 * Revokes the access token that a refresh replaces, where the application or the installation wants it: the one for the same
 * audience. Each refresh token remembers the access tokens that were issued with it and before it.
 * Called when the library has made the new tokens, before they are committed.
 */
export async function revokeReplaced(
  { oidc }: KoaContextWithOIDC,
  { unit, clock, config, tokenRevocations }: Parts,
): Promise<void> {
  const { AccessToken: issued, RefreshToken: next, RotatedRefreshToken: used } = oidc.entities
  if (!(oidc.client?.revoke_on_refresh ?? config.revokeOnRefresh) || !issued || !next) return
  const before = used && (await unit.get('RefreshToken', used.jti))
  const now = epoch(clock.now())
  const known = ((before?.accessTokens ?? []) as Remembered[]).filter(({ exp }) => exp > now)
  const latest = remembered(issued, now)
  const replaced = known.filter(({ aud }) => aud === latest.aud)
  const stored = await unit.get('RefreshToken', next.jti)
  if (stored) stored.accessTokens = [...known.filter(({ aud }) => aud !== latest.aud), latest]
  for (const { key, jwt } of replaced) if (!jwt) unit.dropByKey('AccessToken', key)
  const jwts = replaced.filter(({ jwt }) => jwt)
  if (jwts.length > 0)
    await tokenRevocations.record(jwts.map(({ key, exp }) => ({ key: Buffer.from(key, 'hex'), exp })))
}

function remembered({ jti, format, aud, expiration }: AccessToken, now: number): Remembered {
  const jwt = format === 'jwt'
  const key = jwt ? revocationKey(jti).toString('hex') : keyOf(jti)
  // One second more, since the token was made a moment ago.
  return { key, jwt, aud: String(aud ?? ''), exp: now + expiration + 1 }
}
