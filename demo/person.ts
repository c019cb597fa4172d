import type { IDToken, TokenEndpointResponse, TokenEndpointResponseHelpers, UserInfoResponse } from 'openid-client'

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers

/** A signed-in person and their tokens. They never leave the server. */
export class Person {
  claims: IDToken
  idToken: string
  accessToken: string
  expiresAt: Date
  refreshToken: string | undefined
  userinfo: UserInfoResponse | undefined
  /** Whether the access token was revoked from this page, and with it the refresh token. */
  revoked = false
  /** How often the tokens have been refreshed. */
  renewals = 0
  /** The refresh in progress, if any. */
  renewal: Promise<void> | undefined

  constructor(tokens: Tokens) {
    const { claims, idToken } = identity(tokens)
    this.claims = claims
    this.idToken = idToken
    this.accessToken = tokens.access_token
    this.expiresAt = expiry(tokens)
    this.refreshToken = tokens.refresh_token
  }

  get name(): string {
    return [this.userinfo?.name, this.claims.name, this.email].find(name => typeof name === 'string') ?? 'Signed in'
  }

  get email(): string | undefined {
    return [this.userinfo?.email, this.claims.email].find(email => typeof email === 'string')
  }

  /** A step-up returns no refresh token: the earlier one is kept, if it is the same person. */
  continueFrom({ claims, refreshToken, userinfo, renewals }: Person) {
    if (this.refreshToken != null || claims.sub !== this.claims.sub) return
    this.refreshToken = refreshToken
    this.userinfo = userinfo
    this.renewals = renewals
  }

  /** Stores the tokens of a refresh, which must be for the same person (OpenID Connect Core, section 12.2). */
  keep(tokens: Tokens) {
    this.rotate(tokens)
    if (tokens.id_token != null) {
      const { claims, idToken } = identity(tokens)
      if (claims.sub !== this.claims.sub) throw new Error('The refreshed ID token is for another person')
      this.claims = claims
      this.idToken = idToken
    }
    this.accessToken = tokens.access_token
    this.expiresAt = expiry(tokens)
    this.renewals += 1
  }

  /** Each refresh token works once, so the new one is stored before anything else can fail. */
  rotate(tokens: Tokens) {
    this.refreshToken = tokens.refresh_token ?? this.refreshToken
  }

  /** Forgets what the provider no longer accepts. The access token is kept, to show that the API refuses it. */
  revoke() {
    this.revoked = true
    this.refreshToken = undefined
  }

  expiresWithin(seconds: number) {
    return this.expiresAt.getTime() - Date.now() < seconds * 1000
  }
}

function identity(tokens: Tokens) {
  const claims = tokens.claims()
  if (claims == null || tokens.id_token == null) throw new Error('The provider sent no ID token')
  return { claims, idToken: tokens.id_token }
}

function expiry({ expires_in = 0 }: Tokens) {
  return new Date(Date.now() + expires_in * 1000)
}
