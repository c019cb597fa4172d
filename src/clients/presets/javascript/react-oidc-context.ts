import type { ClientPreset } from '../client-preset.ts'

export const reactOidcContext: ClientPreset = {
  name: 'react-oidc-context',
  title: 'React with react-oidc-context',
  kind: 'javascript',
  aliases: ['react', 'vite'],
  documentation: 'https://github.com/authts/react-oidc-context#readme',
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
      language: 'tsx',
      text: value => `
        import { createRoot } from 'react-dom/client'
        import { AuthProvider } from 'react-oidc-context'

        const gatehouse = {
          authority: ${value.issuer},
          client_id: ${value.clientId},
          redirect_uri: ${value.redirectUri},
          post_logout_redirect_uri: ${value.postLogoutRedirectUri},
          scope: ${value.scopes},
          onSigninCallback: () => history.replaceState(null, '', ${value.url}),
        }

        createRoot(document.getElementById('root')!).render(
          <AuthProvider {...gatehouse}>
            <App />
          </AuthProvider>,
        )
      `,
    },
  ],
  roles:
    '`useAuth().user?.profile.roles` is an array. Code in a browser can be changed by its user: check roles in your API too.',
  signOut: '`useAuth().signoutRedirect()` signs out of the application and of Gatehouse, and comes back.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“No matching state found in storage”',
      cause: 'the sign-in began on another origin, or the callback was loaded twice',
      remedy: 'Use one name for the application, and keep `onSigninCallback`.',
    },
    {
      symptom: 'the browser reports a CORS error',
      cause: 'the application runs on an origin that no redirect URI of the client has',
      remedy: 'Register it: `gatehouse clients update ID --add-redirect-uri …`.',
    },
    {
      symptom: '404 at `/callback`',
      cause: 'the web server does not know the paths of the application',
      remedy: 'Let it answer unknown paths with `index.html`.',
    },
  ],
  tested: null,
}
