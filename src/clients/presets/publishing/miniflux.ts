import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'

export const miniflux: ClientPreset = {
  name: 'miniflux',
  title: 'Miniflux',
  kind: 'publishing',
  aliases: [],
  documentation: 'https://miniflux.app/docs/configuration.html#oauth2-oidc-discovery-endpoint',
  profile: 'web',
  url: { about: 'BASE_URL', example: 'https://miniflux.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth2/oidc/callback`],
    scopes: ['openid', 'profile', 'email'],
  }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        BASE_URL=${value.url}
        OAUTH2_PROVIDER=oidc
        OAUTH2_OIDC_PROVIDER_NAME=Gatehouse
        OAUTH2_OIDC_DISCOVERY_ENDPOINT=${value.issuer}
        OAUTH2_CLIENT_ID=${value.clientId}
        OAUTH2_CLIENT_SECRET=${value.secret}
        OAUTH2_REDIRECT_URL=${value.redirectUri}
        OAUTH2_USER_CREATION=1
      `,
    },
  ],
  roles: 'Miniflux reads no roles. Administrators are chosen in Miniflux.',
  signOut: 'Signing out of Miniflux ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    OLDER_VERSION,
    {
      symptom: 'Miniflux can’t find the provider',
      cause: '`OAUTH2_OIDC_DISCOVERY_ENDPOINT` has `/.well-known/openid-configuration` or a slash at the end',
      remedy: 'Use the issuer as printed.',
    },
    {
      symptom: 'people get a second account',
      cause: 'Miniflux does not match accounts by email',
      remedy: 'Sign in to the old account, and connect it under “Settings”.',
    },
  ],
  tested: null,
}
