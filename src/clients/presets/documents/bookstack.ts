import type { ClientPreset } from '../client-preset.ts'

export const bookstack: ClientPreset = {
  name: 'bookstack',
  title: 'BookStack',
  kind: 'documents',
  aliases: ['wiki'],
  documentation: 'https://www.bookstackapp.com/docs/admin/oidc-auth/',
  profile: 'web',
  url: { about: 'APP_URL', example: 'https://books.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oidc/callback`],
    postLogoutRedirectUris: [url, `${url}/`],
  }),
  configuration: [
    {
      where: 'The file .env',
      language: 'sh',
      text: value => `
        APP_URL=${value.url}
        AUTH_METHOD=oidc
        OIDC_NAME=Gatehouse
        OIDC_ISSUER=${value.issuer}
        OIDC_ISSUER_DISCOVER=true
        OIDC_CLIENT_ID=${value.clientId}
        OIDC_CLIENT_SECRET=${value.secret}
        OIDC_DISPLAY_NAME_CLAIMS=name
        OIDC_ADDITIONAL_SCOPES=roles
        OIDC_USER_TO_GROUPS=true
        OIDC_GROUPS_CLAIM=roles
        OIDC_REMOVE_FROM_GROUPS=false
        OIDC_END_SESSION_ENDPOINT=true
      `,
    },
  ],
  roles:
    'People get the roles of BookStack whose name, or “External Authentication IDs”, is one of their roles here. With `OIDC_REMOVE_FROM_GROUPS=true` they lose all others.',
  signOut:
    'With `OIDC_END_SESSION_ENDPOINT`, signing out of BookStack signs out of Gatehouse too. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'no one can administer BookStack after the change',
      cause: 'with `AUTH_METHOD=oidc` the old accounts can’t sign in',
      remedy:
        'Enter the `sub` of an administrator as “External Authentication ID” of the old account beforehand, or change back to `standard`.',
    },
    {
      symptom: '“A user with the email … already exists but with different credentials”',
      cause: 'an account with this email has another external ID',
      remedy: 'Set its “External Authentication ID” to the `sub` of the person: `gatehouse accounts show EMAIL`.',
    },
    {
      symptom: '“OIDC Discovery Error” or an error without details',
      cause: 'BookStack can’t reach the issuer, or it is not exactly `PUBLIC_URL`',
      remedy: 'Look into `storage/logs/laravel.log`.',
    },
  ],
  tested: null,
}
