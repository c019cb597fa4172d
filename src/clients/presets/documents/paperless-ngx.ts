import type { ClientPreset } from '../client-preset.ts'

export const paperlessNgx: ClientPreset = {
  name: 'paperless-ngx',
  title: 'Paperless-ngx',
  kind: 'documents',
  aliases: ['paperless'],
  documentation: 'https://docs.paperless-ngx.com/advanced_usage/#openid-connect-and-social-authentication',
  profile: 'web',
  url: { about: 'PAPERLESS_URL', example: 'https://paperless.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/accounts/oidc/gatehouse/login/callback/`],
    rolesClaim: 'groups',
  }),
  configuration: [
    {
      where: 'docker-compose.env',
      language: 'sh',
      text: (value, { issuer, clientId, secret }) => `
        PAPERLESS_URL=${value.url}
        PAPERLESS_APPS=allauth.socialaccount.providers.openid_connect
        PAPERLESS_SOCIALACCOUNT_PROVIDERS='{"openid_connect":{"SCOPE":["openid","profile","email","roles"],"OAUTH_PKCE_ENABLED":true,"APPS":[{"provider_id":"gatehouse","name":"Gatehouse","client_id":"${clientId}","secret":"${secret}","settings":{"server_url":"${issuer}"}}]}}'
        PAPERLESS_SOCIAL_ACCOUNT_SYNC_GROUPS=true
      `,
    },
  ],
  roles:
    'People are put into the groups of Paperless that have the name of one of their roles, and taken out of the others. Create the groups with their permissions first.',
  signOut: 'Signing out of Paperless ends its own session. It receives no logout tokens.',
  pkce: { option: 'OAUTH_PKCE_ENABLED' },
  troubles: [
    {
      symptom: 'Paperless does not start, with an error about JSON',
      cause: 'the quotation marks around PAPERLESS_SOCIALACCOUNT_PROVIDERS are missing or doubled',
      remedy: 'In docker-compose.yml, use single quotation marks around the whole value.',
    },
    {
      symptom: 'the page about `redirect_uri`',
      cause: '`PAPERLESS_URL` is not the address that people open, or the proxy sends no `X-Forwarded-Proto`',
      remedy: 'Set both.',
    },
    {
      symptom: 'signed in, but “you do not have permission”',
      cause: 'a new account has no rights',
      remedy: 'Put it into a group: `PAPERLESS_SOCIAL_ACCOUNT_DEFAULT_GROUPS`, or by role as above.',
    },
  ],
  tested: null,
}
