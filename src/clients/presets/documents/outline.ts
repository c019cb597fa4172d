import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'

export const outline: ClientPreset = {
  name: 'outline',
  title: 'Outline',
  kind: 'documents',
  aliases: ['getoutline'],
  documentation: 'https://docs.getoutline.com/s/hosting/doc/oidc-8CPBm6uC0I',
  profile: 'web',
  url: { about: 'URL', example: 'https://outline.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/oidc.callback`],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        URL=${value.url}
        OIDC_CLIENT_ID=${value.clientId}
        OIDC_CLIENT_SECRET=${value.secret}
        OIDC_ISSUER_URL=${value.issuer}
        OIDC_USERNAME_CLAIM=email
        OIDC_DISPLAY_NAME=Gatehouse
        OIDC_SCOPES=${value.scopes}
      `,
    },
  ],
  roles: 'Outline reads no roles. The first person becomes its administrator.',
  signOut: 'Signing out of Outline ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    OLDER_VERSION,
    {
      symptom: '“Neither a … "name" or "username" was returned in the profile”',
      cause: 'the person has no name, and the claim of `OIDC_USERNAME_CLAIM` is missing',
      remedy: 'Keep `email`, which everyone has.',
    },
    {
      symptom: 'people are signed out after some minutes',
      cause: 'Outline gets no refresh token',
      remedy: 'Keep `offline_access` in `OIDC_SCOPES` and in the scopes of the client.',
    },
  ],
  tested: null,
}
