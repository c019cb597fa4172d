/**
 * oidc-provider configured for the same protocol work as Gatehouse and nothing else: the same client, PKCE, ES256, JWT
 * access tokens by resource indicator, rotation, a roles claim. Accounts are in memory; nothing is rate limited, audited
 * or looked up in a database.
 */
import type { AdapterFactory, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider'
import { type Fixture, resourceScope } from '../fixture.ts'

const roles = ['subscriber']

export function baselineConfiguration(fixture: Fixture, keys: JWK[], adapter?: AdapterFactory): Configuration {
  const emails = new Map(fixture.accounts.map(({ email }) => [email, email]))
  return {
    ...(adapter && { adapter }),
    clients: [webClient(fixture), machineClient(fixture)],
    jwks: { keys },
    cookies: { keys: ['bench cookie key, not a secret'] },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'roles'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], roles: ['roles'] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 3600,
      RefreshToken: 14 * 86400,
      Grant: 14 * 86400,
      Session: 14 * 86400,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, audience) => ({
          scope: resourceScope,
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    rotateRefreshToken: true,
    // tokens outlive the browser session: looking it up at each use costs a quarter of the userinfo requests
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    extraTokenClaims: () => ({ roles }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const email = emails.get(id)
      if (email == null) return undefined
      return { accountId: id, claims: () => ({ sub: id, name: 'Bench Person', email, email_verified: true, roles }) }
    },
    loadExistingGrant,
  }
}

function webClient({ web }: Fixture) {
  return {
    client_id: web.id,
    client_secret: web.secret,
    redirect_uris: [web.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256' as const,
  }
}

function machineClient({ machine }: Fixture) {
  return {
    client_id: machine.id,
    client_secret: machine.secret,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    id_token_signed_response_alg: 'ES256' as const,
  }
}

/** Without a consent page: the grant of the session, or a new one with everything that was requested. */
async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { client, session, params, provider } = ctx.oidc
  if (!client || !session?.accountId) return undefined
  const known = session.grantIdFor(client.clientId)
  if (known) return provider.Grant.find(known)
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid profile email roles offline_access')
  if (typeof params?.resource === 'string') grant.addResourceScope(params.resource, resourceScope)
  await grant.save()
  return grant
}
