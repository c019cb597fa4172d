import type { ClientPreset } from '../client-preset.ts'

export const angularAuthOidcClient: ClientPreset = {
  name: 'angular-auth-oidc-client',
  title: 'Angular with angular-auth-oidc-client',
  kind: 'javascript',
  aliases: ['angular'],
  documentation: 'https://angular-auth-oidc-client.com/docs/intro',
  profile: 'spa',
  url: { about: 'the address of the single-page application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/`],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
  }),
  configuration: [
    {
      where: 'The configuration of the application (providers)',
      language: 'ts',
      text: value => `
        import { provideAuth } from 'angular-auth-oidc-client'

        provideAuth({
          config: {
            authority: ${value.issuer},
            clientId: ${value.clientId},
            redirectUrl: ${value.redirectUri},
            postLogoutRedirectUri: ${value.postLogoutRedirectUri},
            scope: ${value.scopes},
            responseType: 'code',
            silentRenew: true,
            useRefreshToken: true,
          },
        })
      `,
    },
  ],
  roles: '`userData.roles` is an array. Code in a browser can be changed by its user: check roles in your API too.',
  signOut: '`logoff()` of `OidcSecurityService` signs out of the application and of Gatehouse, and comes back.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“authCallback incorrect state”',
      cause: 'the sign-in began on another origin, or in another tab',
      remedy: 'Use one name for the application.',
    },
    {
      symptom: 'signed in, but signed out again at once',
      cause: '`checkAuth()` runs after the router has removed the code from the address',
      remedy: 'Call it when the application starts, on the route `/callback`.',
    },
    {
      symptom: 'the browser reports a CORS error',
      cause: 'the application runs on an origin that no redirect URI of the client has',
      remedy: 'Register it: `gatehouse clients update ID --add-redirect-uri …`.',
    },
  ],
  tested: null,
}
