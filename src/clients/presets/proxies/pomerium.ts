import type { ClientPreset } from '../client-preset.ts'

export const pomerium: ClientPreset = {
  name: 'pomerium',
  title: 'Pomerium',
  kind: 'proxies',
  aliases: [],
  documentation: 'https://www.pomerium.com/docs/integrations/user-identity/oidc',
  profile: 'web',
  url: { about: 'authenticate_service_url', example: 'https://authenticate.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth2/callback`],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
    verifiedEmailRequired: true,
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'config.yaml',
      language: 'yaml',
      text: value => `
        authenticate_service_url: ${value.url}
        idp_provider: oidc
        idp_provider_url: ${value.issuer}
        idp_client_id: ${value.clientId}
        idp_client_secret: ${value.secret}
        idp_scopes: [${value.scopeList}]
      `,
    },
  ],
  roles: 'A policy admits people by role with the criterion `claim/roles`, such as `- claim/roles: staff`.',
  signOut:
    '`/.pomerium/sign_out` ends the session at Pomerium and sends the browser to Gatehouse to sign out there. Pomerium receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: '“could not connect to oidc” in the log',
      cause: 'Pomerium can’t reach the issuer, or it is not exactly `PUBLIC_URL`',
      remedy: 'Open the discovery document from the machine of Pomerium.',
    },
    {
      symptom: '403 after signing in',
      cause: 'no policy of the route admits the person',
      remedy: 'Open `/.pomerium/`, which shows the claims of the session.',
    },
  ],
  tested: null,
}
