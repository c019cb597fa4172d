import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import type { AccessToken, ClientCredentials, Provider } from 'oidc-provider'
import type { App } from '../../app.ts'
import { isCanonical } from '../../base/canonical-jws.ts'
import { SIGNING_ALGORITHMS } from '../../base/signing-algorithms.ts'
import { OwnApi } from '../../clients/own-api.ts'
import { revocationKey } from '../../token-revocations/revocation-key.ts'
import { currentRoute } from '../provider/current-request.ts'
import type { ProviderKey } from '../provider/signing.ts'
import { REVOCATION_CLAIMS } from './jwt-format.ts'
import { presentedJwt } from './presented-jwt.ts'

/** The claims that the library keeps as properties of a token; all others are its `extra`. */
const PROPERTIES = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'scope', 'client_id', 'cnf', 'claims'],
  ...REVOCATION_CLAIMS,
])

/** Seconds for which another token of the same grant can be valid: the longest ACCESS_TOKEN_TTL, and an hour. */
const LONGEST_LIFE = 25 * 60 * 60

type Parts = { app: App; keys: readonly ProviderKey[] }

/**
 * Lets the library find access tokens that are JWTs, by their signature and the list of revoked tokens, so that they can be
 * introspected, revoked and used at userinfo like stored ones.
 */
export function findJwts(provider: Provider, parts: Parts): void {
  for (const Model of [provider.AccessToken, provider.ClientCredentials] as unknown as Model[]) {
    const stored = Model.find.bind(Model)
    Model.find = async (value, options) => {
      const jwt = presentedJwt(value)
      return jwt === null ? stored(value, options) : readJwt(Model, jwt, parts)
    }
  }
}

type Token = AccessToken | ClientCredentials
type Model = {
  readonly name: string
  new (properties: object): Token
  find(value: string, options?: object): Promise<Token | undefined>
}

/** The valid access token of this kind that the JWT is; undefined for anything else that we or others have signed. */
async function readJwt(Kind: Model, jwt: string, { app, keys }: Parts): Promise<Token | undefined> {
  const claims = await verified(jwt, { app, keys })
  if (!claims) return undefined
  const { jti, grant_id: grantId, revocable_by: revocableBy } = claims
  if (typeof jti !== 'string' || !Array.isArray(revocableBy)) return undefined
  if ((typeof grantId === 'string') !== (Kind.name === 'AccessToken')) return undefined
  // The library would say that a scope is missing, which is not what is wrong with a token for another API.
  if (currentRoute() === 'userinfo' && claims.aud !== app.config.issuer) return undefined
  const key = revocationKey(jti)
  const others = revocableBy.map(text => Buffer.from(String(text), 'base64url'))
  const grant = typeof grantId === 'string' ? [revocationKey(grantId)] : []
  if (await app.tokenRevocations.includes([key, ...grant, ...others])) return undefined

  const token = new Kind(propertiesOf(claims, app.config.issuer))
  // The library then drops the grant as well, which may be lost from the store while this token is still valid.
  token.destroy = () =>
    app.tokenRevocations.record([
      { key, exp: claims.exp! },
      ...grant.map(each => ({ key: each, exp: Number(claims.iat) + LONGEST_LIFE })),
    ])
  return token
}

/** The claims of a JWT that is an access token of ours by signature, type, audience and time; null for any other. */
async function verified(jwt: string, { app, keys }: Parts): Promise<JWTPayload | null> {
  if (!isCanonical(jwt)) return null
  const keyOf = ({ kid, alg }: JWTHeaderParameters) => {
    const key = keys.find(each => each.kid === kid && each.alg === alg)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key.keyObject()
  }
  const requiredClaims = ['sub', 'exp', 'iat', 'client_id']
  const options = { issuer: app.config.issuer, algorithms: [...SIGNING_ALGORITHMS], requiredClaims }
  const read = await jwtVerify(jwt, keyOf, options).catch(invalid)
  return read && read.protectedHeader.typ === (await typeAt(read.payload.aud, app)) ? read.payload : null
}

/** Null for what jose says of the token; whatever else failed is no answer about it. */
function invalid(error: unknown): null {
  if (error instanceof errors.JOSEError) return null
  throw error
}

/** The `typ` of access tokens with this audience; undefined if there are none. */
async function typeAt(audience: unknown, { config, resources }: App): Promise<string | undefined> {
  if (audience === config.issuer) return 'at+jwt'
  const resource = typeof audience === 'string' ? await resources.findCached(audience) : null
  return resource && !(resource instanceof OwnApi) ? resource.tokenType : undefined
}

function propertiesOf(claims: JWTPayload, issuer: string): object {
  const { sub, aud, exp, iat, jti, scope, client_id: clientId, grant_id: grantId, cnf, claims: requested } = claims
  const extra = Object.fromEntries(Object.entries(claims).filter(([name]) => !PROPERTIES.has(name)))
  return {
    ...{ exp, iat, jti, scope, clientId, extra },
    // One that is meant for userinfo has no audience in the library.
    ...(aud === issuer ? { claims: requested } : { aud }),
    ...(typeof grantId === 'string' && { grantId, accountId: sub }),
    ...{ jkt: (cnf as { jkt?: string } | undefined)?.jkt },
  }
}
