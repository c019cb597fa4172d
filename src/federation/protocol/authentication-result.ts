import type { Claims } from '../providers/claim-mapping.ts'

/** What only the browser and we know of one way to a provider and back. */
export interface RequestSecrets {
  state: string
  nonce: string
  /** Of PKCE (RFC 7636). */
  verifier: string
}

/** What a provider has answered about somebody who came back from it. */
export interface AuthenticationResult {
  /** What its userinfo endpoint or its own API says, and what its ID token says over that. */
  claims: Claims
  idToken: string | null
  /** The session there, where it names it. */
  sid: string | null
  tokens: UpstreamTokens
}

export interface UpstreamTokens {
  accessToken: string
  refreshToken: string | null
  /** Epoch seconds; null where it does not say. */
  expiresAt: number | null
  scope: string | null
}
