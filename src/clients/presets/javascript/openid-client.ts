import type { ClientPreset } from '../client-preset.ts'

export const openidClient: ClientPreset = {
  name: 'openid-client',
  title: 'openid-client',
  kind: 'javascript',
  aliases: ['node', 'nodejs', 'koa', 'fastify'],
  documentation: 'https://github.com/panva/openid-client#readme',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/callback`], postLogoutRedirectUris: [`${url}/`] }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'js',
      text: value => `
        import * as oidc from 'openid-client'

        const gatehouse = await oidc.discovery(new URL(${value.issuer}), ${value.clientId}, ${value.secret})

        // To sign in: keep the checks in the session of the browser.
        const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() }
        const location = oidc.buildAuthorizationUrl(gatehouse, {
          redirect_uri: ${value.redirectUri},
          scope: ${value.scopes},
          state: checks.expectedState,
          code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
          code_challenge_method: 'S256',
        })

        // At the callback, with the URL of the request:
        const tokens = await oidc.authorizationCodeGrant(gatehouse, currentUrl, checks)
        const { sub, name, roles } = tokens.claims()

        // To sign out, after ending the session of the application:
        const signedOut = oidc.buildEndSessionUrl(gatehouse, {
          id_token_hint: tokens.id_token,
          post_logout_redirect_uri: ${value.postLogoutRedirectUri},
        })
      `,
    },
  ],
  roles: '`tokens.claims().roles` is an array.',
  signOut:
    'The last lines sign out of Gatehouse and come back. For logout tokens, see [back-channel logout](../integrate.md#back-channel-logout).',
  pkce: { option: 'code_challenge_method' },
  troubles: [
    {
      symptom: '“only requests to HTTPS are allowed”',
      cause: 'the issuer begins with `http:`',
      remedy: 'Pass `allowInsecureRequests` to `discovery`, on your own machine only.',
    },
    {
      symptom: '“unexpected "state" response parameter value”',
      cause: 'the checks are not those of this browser',
      remedy: 'Keep them in its session, with a cookie that is `SameSite=Lax`.',
    },
  ],
  tested: null,
}
