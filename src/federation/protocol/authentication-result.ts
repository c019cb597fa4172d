import type { Claims } from '../providers/claim-mapping.ts'

/** What binds a response to its authorization request. */
export interface RequestSecrets {
  state: string
  nonce: string
  /** The PKCE code verifier (RFC 7636). */
  verifier: string
}

/** What a provider says about the person who signed in there. */
export interface AuthenticationResult {
  /** Of the userinfo endpoint or the provider's API, overridden by those of the ID token. */
  claims: Claims
  idToken: string | null
  /** The session ID at the provider, if it sends one. */
  sid: string | null
  tokens: UpstreamTokens
}

export interface UpstreamTokens {
  accessToken: string
  refreshToken: string | null
  /** Epoch seconds; null if the provider does not say. */
  expiresAt: number | null
  scope: string | null
}
