import type { ClientPreset } from '../client-preset.ts'

export const oidcClientTs: ClientPreset = {
  name: 'oidc-client-ts',
  title: 'oidc-client-ts',
  kind: 'javascript',
  aliases: ['spa', 'vue', 'svelte', 'oidc-client-js'],
  documentation: 'https://authts.github.io/oidc-client-ts/',
  profile: 'spa',
  url: { about: 'the address of the single-page application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/`],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
  }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'ts',
      text: value => `
        import { UserManager, WebStorageStateStore } from 'oidc-client-ts'

        export const users = new UserManager({
          authority: ${value.issuer},
          client_id: ${value.clientId},
          redirect_uri: ${value.redirectUri},
          post_logout_redirect_uri: ${value.postLogoutRedirectUri},
          scope: ${value.scopes},
          userStore: new WebStorageStateStore({ store: sessionStorage }),
        })

        if (location.pathname.endsWith('/callback')) {
          await users.signinCallback()
          history.replaceState(null, '', ${value.url})
        }
        const person = (await users.getUser())?.profile ?? (await users.signinRedirect())
      `,
    },
  ],
  roles: '`person.roles` is an array. Code in a browser can be changed by its user: check roles in your API too.',
  signOut: '`users.signoutRedirect()` signs out of the application and of Gatehouse, and comes back.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“No matching state found in storage”',
      cause:
        'the sign-in began on another origin, such as `127.0.0.1` instead of `localhost`, or the callback was loaded twice',
      remedy: 'Use one name for the application, and call `signinCallback` once.',
    },
    {
      symptom: 'the browser reports a CORS error',
      cause: 'the application runs on an origin that no redirect URI of the client has',
      remedy: '`gatehouse clients update ID --add-redirect-uri …`; every origin of a redirect URI is allowed.',
    },
    {
      symptom: 'silent renewal in a frame fails with `login_required`',
      cause: 'the browser blocks the cookies of another site in frames',
      remedy: 'Keep `offline_access` among the scopes: then the refresh token renews the session.',
    },
  ],
  tested: { version: '3.5.0', how: 'as printed, in every run of the checks' },
}
