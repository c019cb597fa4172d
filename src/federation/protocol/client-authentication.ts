import { importPKCS8, SignJWT } from 'jose'
import { type ClientAuth, ClientSecretPost, None } from 'openid-client'
import { type Clock, epoch } from '../../base/clock.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'

/** Seconds for which a signed secret is valid: long enough for one request, and for clocks that differ. */
const SIGNED_TTL = 5 * 60

const SECRET_METHODS = { client_secret_basic: secretBasic, client_secret_post: ClientSecretPost }

/** How Gatehouse authenticates as a client of a provider (RFC 6749 section 2.3). */
export function clientAuthentication(provider: IdentityProvider, secret: string | null, clock: Clock): ClientAuth {
  const { authentication } = presetOf(provider.kind)
  if (secret === null) return None()
  if (authentication === 'signed') return signedSecret(provider, secret, clock)
  const other = authentication === 'client_secret_basic' ? 'client_secret_post' : 'client_secret_basic'
  const [preferred, alternative] = [SECRET_METHODS[authentication](secret), SECRET_METHODS[other](secret)]
  return (as, ...request) => {
    // The default of OpenID Connect Discovery 1.0, section 3.
    const offered = as.token_endpoint_auth_methods_supported ?? (provider.openid ? ['client_secret_basic'] : undefined)
    const onlyOther = offered?.includes(other) && !offered.includes(authentication)
    return (onlyOther ? alternative : preferred)(as, ...request)
  }
}

/**
 * The library's own method also encodes characters that need no encoding, such as `-`, and not every provider decodes them
 * (RFC 6749 section 2.3.1).
 */
function secretBasic(secret: string): ClientAuth {
  return (_as, { client_id }, _body, headers) => {
    const credentials = [client_id, secret].map(text => new URLSearchParams({ '': text }).toString().slice(1))
    headers.set('authorization', `Basic ${Buffer.from(credentials.join(':')).toString('base64')}`)
  }
}

/** A client secret that is a JWT, signed with a key that the provider has issued (Sign in with Apple). */
function signedSecret({ clientId, settings }: IdentityProvider, secret: string, clock: Clock): ClientAuth {
  return async ({ issuer }, _client, body) => {
    const now = epoch(clock.now())
    const claims = { iss: settings['team-id']!, sub: clientId, aud: issuer, iat: now, exp: now + SIGNED_TTL }
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: settings['key-id']! })
    body.set('client_id', clientId)
    body.set('client_secret', await jwt.sign(await importPKCS8(secret, 'ES256')))
  }
}
