import type { ClientPreset } from '../client-preset.ts'

export const expressOpenidConnect: ClientPreset = {
  name: 'express-openid-connect',
  title: 'express-openid-connect',
  kind: 'javascript',
  aliases: ['express', 'expressjs'],
  documentation: 'https://auth0.github.io/express-openid-connect/',
  profile: 'web',
  url: { about: 'baseURL, the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [url, `${url}/`],
    backchannelLogoutUri: `${url}/backchannel-logout`,
  }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'js',
      text: value => `
        import { auth } from 'express-openid-connect'
        import session from 'express-session'

        app.use(
          auth({
            issuerBaseURL: ${value.issuer},
            baseURL: ${value.url},
            clientID: ${value.clientId},
            clientSecret: ${value.secret},
            // Make your own: openssl rand -hex 32
            secret: process.env.SESSION_SECRET,
            authorizationParams: { response_type: 'code', scope: ${value.scopes} },
            idpLogout: true,
            // With several processes, use a store that they share.
            backchannelLogout: { store: new session.MemoryStore() },
          }),
        )
      `,
    },
  ],
  roles: '`req.oidc.user.roles` is an array. They are those of the last sign-in.',
  signOut:
    '`/logout` signs out of the application and, with `idpLogout`, of Gatehouse, and comes back. Back-channel logout is registered: `backchannelLogout` ends the session when a person signs out elsewhere.',
  pkce: { option: "response_type: 'code'" },
  troubles: [
    {
      symptom: '“unsupported_response_type” or “response_type not allowed for this client”',
      cause: "without `response_type: 'code'`, the library asks for an ID token at once",
      remedy: 'Keep the `authorizationParams` as printed.',
    },
    {
      symptom: '“unexpected JWT alg received, expected RS256”',
      cause: 'the client is registered with another algorithm',
      remedy: 'Leave RS256: `gatehouse clients update ID --id-token-alg RS256`.',
    },
    {
      symptom: '“checks.state argument is missing”',
      cause: 'the cookie of the sign-in was lost',
      remedy: 'Open the application at its `baseURL`, with https.',
    },
  ],
  tested: { version: '3.4.0', how: 'as printed, in every run of the checks' },
}
