import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { compact, hs256, nothing, respelled } from './jws.ts'

/** Valid and invalid JWT answers of userinfo. */
export type UserinfoFault = keyof typeof SIGNED_USERINFO

/** Faults of an upstream provider's ID tokens. */
export type TokenFault = keyof typeof WRONG_CLAIMS | keyof typeof WRONG_SIGNATURES

/** All faults; `token` and `userinfo` name the endpoint. */
export type Fault =
  | TokenFault
  | 'silent token'
  | 'silent userinfo'
  | 'huge userinfo'
  | 'failing token'
  | 'other subject in userinfo'
  | 'redirecting userinfo'
  | 'forbidden userinfo'
  | UserinfoFault
  | 'no id token'

export interface SigningKey {
  privateKey: CryptoKey
  publicJwk: JWK & { kid: string }
  privateJwk: JWK & { kid: string }
}

export async function newSigningKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const names = { kid, alg: 'ES256', use: 'sig' }
  return {
    privateKey,
    publicJwk: { ...(await exportJWK(publicKey)), ...names },
    privateJwk: { ...(await exportJWK(privateKey)), ...names },
  }
}

const HOUR = 3600

const WRONG_CLAIMS = {
  'wrong issuer': { iss: 'https://somebody-else.example' },
  'wrong audience': { aud: 'somebody-else' },
  'another authorized party': { aud: ['{client}', 'somebody-else'], azp: 'somebody-else' },
  'no nonce': { nonce: undefined },
  'other nonce': { nonce: 'the one of another sign-in' },
  expired: { iat: -2 * HOUR, exp: -HOUR },
  'no subject': { sub: undefined },
}

const WRONG_SIGNATURES = {
  'alg none': (claims: JWTPayload) => compact({ alg: 'none' }, claims, nothing),
  'HS256 with the public key': (claims: JWTPayload, { publicJwk }: SigningKey) =>
    compact({ alg: 'HS256', kid: publicJwk.kid }, claims, hs256(JSON.stringify(publicJwk))),
  'HS256 with the client secret': (claims: JWTPayload, _key: SigningKey, { secret }: { secret: string }) =>
    compact({ alg: 'HS256' }, claims, hs256(secret)),
  'key from jku': async (claims: JWTPayload, _key: SigningKey, { evil }: { evil: string }) => {
    const { privateKey } = await newSigningKey('evil')
    return sign(claims, privateKey, { kid: 'evil', jku: `${evil}/jwks`, x5u: `${evil}/x5u` })
  },
  'a key in the token header': async (claims: JWTPayload, { publicJwk }: SigningKey) => {
    const { privateKey, publicJwk: jwk } = await newSigningKey(publicJwk.kid)
    return sign(claims, privateKey, { kid: publicJwk.kid, jwk })
  },
  'non-canonical base64url': async (claims: JWTPayload, { privateKey, publicJwk }: SigningKey) =>
    respelled(await sign(claims, privateKey, { kid: publicJwk.kid }))[0]!,
  'a changed claim': async (claims: JWTPayload, { privateKey, publicJwk }: SigningKey) => {
    const [header, , signature] = (await sign(claims, privateKey, { kid: publicJwk.kid })).split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, email_verified: true })).toString('base64url')
    return [header, payload, signature].join('.')
  },
}

type Wrong = {
  claims?: Record<string, unknown>
  make?: (claims: JWTPayload, key: SigningKey) => Promise<string> | string
}

const SIGNED_USERINFO = {
  'signed userinfo': {},
  'signed userinfo for several audiences': { claims: { aud: ['somebody-else', '{client}'] } },
  'signed userinfo without iss and aud': { claims: { iss: undefined, aud: undefined } },
  'userinfo of another issuer': { claims: { iss: 'https://somebody-else.example' } },
  'userinfo for another client': { claims: { aud: 'somebody-else' } },
  'expired userinfo': { claims: { exp: -HOUR } },
  'signed userinfo of another person': { claims: { sub: 'somebody-else' } },
  'unsigned userinfo': { make: WRONG_SIGNATURES['alg none'] },
  'userinfo signed by another key': { make: WRONG_SIGNATURES['a key in the token header'] },
  'userinfo signed with the public key': { make: WRONG_SIGNATURES['HS256 with the public key'] },
  'encrypted userinfo': { make: () => 'eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d' },
} satisfies Record<string, Wrong>

/** The userinfo answer as a JWT; null where it answers with JSON. */
export async function userinfoToken(claims: JWTPayload, key: SigningKey, fault: Fault | null): Promise<string | null> {
  if (fault === null || !(fault in SIGNED_USERINFO)) return null
  const { claims: wrong = {}, make }: Wrong = SIGNED_USERINFO[fault as UserinfoFault]
  const changed = { ...claims, ...inPlace(wrong, claims) }
  return make ? make(changed, key) : sign(changed, key.privateKey, { kid: key.publicJwk.kid })
}

/** An ID token with these claims: valid, or wrong in the given way. */
export async function idToken(
  claims: JWTPayload,
  key: SigningKey,
  { fault, ...rest }: { fault: Fault | null; evil: string; secret: string },
): Promise<string> {
  if (fault !== null && fault in WRONG_SIGNATURES) {
    return WRONG_SIGNATURES[fault as keyof typeof WRONG_SIGNATURES](claims, key, rest)
  }
  const wrong = fault !== null && fault in WRONG_CLAIMS ? WRONG_CLAIMS[fault as keyof typeof WRONG_CLAIMS] : {}
  return sign({ ...claims, ...inPlace(wrong, claims) }, key.privateKey, { kid: key.publicJwk.kid })
}

/** Times are relative to now, and `{client}` stands for the client. */
function inPlace(wrong: Record<string, unknown>, { aud }: JWTPayload): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  const placed = (value: unknown): unknown => {
    if (typeof value === 'number') return now + value
    if (Array.isArray(value)) return value.map(placed)
    return value === '{client}' ? aud : value
  }
  return Object.fromEntries(Object.entries(wrong).map(([name, value]) => [name, placed(value)]))
}

export function sign(claims: JWTPayload, key: CryptoKey, header: Partial<JWTHeaderParameters>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(key)
}
