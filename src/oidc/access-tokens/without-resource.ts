import type { AccessToken, Provider } from 'oidc-provider'

/**
 * The library makes opaque access tokens where no API is named. An application may want JWTs instead: they are for userinfo and
 * the account API, and so have the issuer as their audience (RFC 9068 section 3).
 */
export function makeJwts(provider: Provider): void {
  const { prototype } = provider.AccessToken as unknown as { prototype: Saved }
  const { save } = prototype
  prototype.save = function () {
    const { issuer, ResourceServer } = provider
    if (!this.resourceServer && this.client?.access_token_format === 'jwt')
      this.resourceServer = new ResourceServer(issuer, {
        ...{ scope: this.scope ?? '', audience: issuer },
        ...{ accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } },
      })
    return save.call(this)
  }
}

type Saved = AccessToken & { save(): Promise<string> }
