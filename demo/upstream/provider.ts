import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { Memory } from './memory.ts'
import { errorPage, signedOutPage, signOutPage } from './pages.ts'
import { personOf } from './people.ts'

/** Its client: the provider under test. */
export interface RegisteredHere {
  clientId: string
  clientSecret: string
  redirectUri: string
  postLogoutRedirectUri: string
  backchannelLogoutUri: string
}

const SCOPE = 'openid profile email'
const ALGORITHM = 'ES256'

/** An OpenID provider with the same library as Gatehouse, but without any of its code. */
export async function createProvider(url: string, client: RegisteredHere): Promise<Provider> {
  return new Provider(url, await configuration(client))
}

async function configuration(client: RegisteredHere): Promise<Configuration> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  return {
    adapter: Memory,
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: ALGORITHM, use: 'sig' }] },
    clients: [metadata(client)],
    clientDefaults: { id_token_signed_response_alg: ALGORITHM },
    enabledJWA: { idTokenSigningAlgValues: [ALGORITHM] },
    responseTypes: ['code'],
    scopes: SCOPE.split(' '),
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
      sid: null,
    },
    findAccount: (_ctx, sub) => {
      const person = personOf(sub)
      return person && { accountId: sub, claims: () => ({ ...person }) }
    },
    // No consent is asked for.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! })
      grant.addOIDCScope(SCOPE)
      await grant.save()
      return grant
    },
    interactions: { url: (_ctx, { uid }) => `/choose/${uid}` },
    // Cookies ignore the port: on the same machine as Gatehouse it needs other names.
    cookies: {
      keys: [randomBytes(32)],
      names: { session: 'upstream_session', interaction: 'upstream_interaction', resume: 'upstream_resume' },
    },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, Interaction: 3600, Session: 86_400, Grant: 86_400 },
    // The library refuses requests to this machine, but Example Upstream only calls this machine.
    fetch: (address, options) => fetch(address, { ...options, dispatcher: undefined }),
    renderError: (ctx, { error_description: why }) => {
      ctx.type = 'html'
      ctx.body = errorPage(why)
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
    },
  }
}

function metadata({
  clientId,
  clientSecret,
  redirectUri,
  postLogoutRedirectUri,
  backchannelLogoutUri,
}: RegisteredHere) {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [postLogoutRedirectUri],
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code'],
  }
}

function logoutSource(ctx: KoaContextWithOIDC): void {
  const { accountId, state } = ctx.oidc.session ?? {}
  const action = ctx.oidc.urlFor('end_session_confirm')
  ctx.body = signOutPage({ action, xsrf: String(state?.secret), person: personOf(accountId) })
}

function postLogoutSuccessSource(ctx: KoaContextWithOIDC): void {
  ctx.body = signedOutPage()
}
