import type { Configuration } from 'oidc-provider'
import type { App } from '../../app.ts'
import { SIGNING_ALGORITHMS } from '../../base/signing-algorithms.ts'
import { CLAIMS } from '../../clients/claims/claims-of-scopes.ts'
import { RESPONSE_TYPES } from '../../clients/response-types.ts'
import { PEOPLE_SCOPES } from '../../clients/scopes.ts'
import { jwtFormat } from '../access-tokens/jwt-format.ts'
import { clientAssertions } from '../clients/client-assertions.ts'
import { EXTRA_METADATA } from '../clients/client-metadata.ts'
import { codeIsProtected } from '../clients/code-protection.ts'
import { canonicalProof, DPOP_ALGORITHMS } from '../clients/dpop-proof.ts'
import { commandLineClient, ownClient } from '../clients/own-client.ts'
import { settleScopes } from '../clients/requested-scopes.ts'
import { resourceIndicators, useRegisteredNames } from '../clients/resources.ts'
import { markOf } from '../impersonation/mark.ts'
import { limitOpenInteractions } from '../interactions/open-interactions.ts'
import { promptPolicy, promptValues } from '../interactions/prompt-policy.ts'
import { acrValues } from '../people/acr.ts'
import { existingGrant } from '../people/existing-grant.ts'
import { findAccount } from '../people/find-account.ts'
import { mayIntrospect } from '../people/introspection.ts'
import type { People } from '../people/people.ts'
import { settleClaims } from '../people/requested-claims.ts'
import { tokenClaims } from '../people/token-claims.ts'
import { cookies } from '../sessions/cookies.ts'
import { createAdapter } from '../store/adapter.ts'
import { lifetimes } from './lifetimes.ts'
import { checkLengths } from './parameter-limits.ts'
import { libraryScreens, type Screens } from './screens.ts'
import type { ProviderKey } from './signing.ts'

const ASSERTIONS = ['ES256', 'RS256', 'PS256', 'Ed25519', 'EdDSA'] as const

interface Parts {
  app: App
  people: People
  screens: Screens
  keys: ProviderKey[]
  fetchKeySet: (url: string, options: { headers: Headers }) => Promise<unknown>
  locales: string[]
}

/** The whole configuration of oidc-provider. Each function that it names has a file of its own. */
export function configuration(parts: Parts): Configuration {
  const { app, people, screens, keys, fetchKeySet, locales } = parts
  const { config, clock, resources, secondFactorPolicy: rules } = app
  const { renderError, logoutSource, postLogoutSuccessSource } = libraryScreens(screens, { app, people })
  const limitOpen = limitOpenInteractions(app)

  return {
    adapter: createAdapter({ ...app, people }),
    jwks: { keys },
    clients: [ownClient(config), commandLineClient()],
    findAccount: findAccount(people, app),
    extraTokenClaims: tokenClaims({ people, resources }),
    formats: { customizers: { jwt: jwtFormat({ ...app, people }) } },
    claims: { ...CLAIMS, iss: null, sid: null },
    acrValues: acrValues({ passkeys: app.webauthn.usable }),
    scopes: PEOPLE_SCOPES,
    // The claims of all scopes go into the ID token: most applications read the person from it, not from userinfo.
    conformIdTokenClaims: false,
    loadExistingGrant: existingGrant({ app, people }),
    interactions: {
      policy: promptPolicy({ app, people, rules, passkeys: app.webauthn.usable }),
      url: (ctx, interaction) => {
        limitOpen(ctx, interaction.uid)
        return `${config.basePath}/interaction/${interaction.uid}`
      },
    },
    ttl: lifetimes(config),
    rotateRefreshToken: true,
    // A refresh token could outlive an impersonation.
    issueRefreshToken: (ctx, client, source) =>
      !markOf(ctx) &&
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || client.first_party === true),
    // Grants are dropped when their session ends (sessions/sessions.ts), so tokens need not look it up at each use.
    expiresWithSession: () => false,
    pkce: { required: codeIsProtected },
    // Each client is registered for its own (clients/response-types.ts).
    responseTypes: [...RESPONSE_TYPES],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: [...SIGNING_ALGORITHMS],
      clientAuthSigningAlgValues: [...ASSERTIONS],
      requestObjectSigningAlgValues: [...ASSERTIONS],
      dPoPSigningAlgValues: [...DPOP_ALGORITHMS],
    },
    assertJwtClientAuthClaimsAndHeader: clientAssertions(config.issuer, clock),
    // `idp_hint` is the name of the upstream provider to which the person is sent at once. The library
    // calls its check for every request, with or without the parameter, after it has checked the other parameters.
    extraParams: {
      idp_hint: async (ctx, _value, client) => {
        checkLengths(ctx)
        settleClaims(ctx)
        await useRegisteredNames(ctx, resources)
        await settleScopes(ctx, client, resources)
      },
    },
    extraClientMetadata: { properties: EXTRA_METADATA },
    clientBasedCORS: (_ctx, origin, client) =>
      origin !== 'null' && (client.redirectUris ?? []).some(uri => URL.parse(uri)?.origin === origin),
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    // Seconds: a small clock difference must not lock anyone out.
    clockTolerance: 15,
    cookies: cookies(config),
    discovery: {
      ui_locales_supported: locales,
      claims_parameter_supported: true,
      access_token_revocations_uri: `${config.issuer}/revocations`,
      prompt_values_supported: promptValues({ registration: app.registration.open }),
      ...(config.clientIdMetadataDocuments !== null && { client_id_metadata_document_supported: true }),
      ...(config.clientRegistration !== 'off' && { registration_endpoint: `${config.issuer}/reg` }),
    },
    fetch: (url, options) => fetchKeySet(String(url), options as never) as never,
    renderError,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true, requireNonce: canonicalProof },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      introspection: { enabled: true, allowedPolicy: mayIntrospect(people, app) },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      resourceIndicators: resourceIndicators(resources),
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
    },
  }
}
