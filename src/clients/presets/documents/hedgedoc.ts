import type { ClientPreset } from '../client-preset.ts'

export const hedgedoc: ClientPreset = {
  name: 'hedgedoc',
  title: 'HedgeDoc',
  kind: 'documents',
  aliases: ['codimd', 'hackmd'],
  documentation: 'https://docs.hedgedoc.org/configuration/#oauth2-login',
  profile: 'web',
  url: { about: 'CMD_DOMAIN, with https', example: 'https://notes.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/auth/oauth2/callback`], pkce: 'off' }),
  configuration: [
    {
      where: 'The environment of the server (HedgeDoc 1)',
      language: 'sh',
      text: value => `
        CMD_DOMAIN=${value.host}
        CMD_PROTOCOL_USESSL=true
        CMD_OAUTH2_PROVIDERNAME=Gatehouse
        CMD_OAUTH2_AUTHORIZATION_URL=${value.authorizationEndpoint}
        CMD_OAUTH2_TOKEN_URL=${value.tokenEndpoint}
        CMD_OAUTH2_USER_PROFILE_URL=${value.userinfoEndpoint}
        CMD_OAUTH2_CLIENT_ID=${value.clientId}
        CMD_OAUTH2_CLIENT_SECRET=${value.secret}
        CMD_OAUTH2_SCOPE=${value.scopes}
        CMD_OAUTH2_USER_PROFILE_ID_ATTR=sub
        CMD_OAUTH2_USER_PROFILE_USERNAME_ATTR=email
        CMD_OAUTH2_USER_PROFILE_DISPLAY_NAME_ATTR=name
        CMD_OAUTH2_USER_PROFILE_EMAIL_ATTR=email
        CMD_OAUTH2_ROLES_CLAIM=roles
        CMD_OAUTH2_ACCESS_ROLE=subscriber
      `,
    },
  ],
  roles:
    'Only people with the role of `CMD_OAUTH2_ACCESS_ROLE` are admitted. Everyone has `subscriber` at Gatehouse unless you remove it.',
  signOut: 'Signing out of HedgeDoc ends its own session. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` or a port in it',
      cause: 'HedgeDoc does not know its address',
      remedy: 'Set `CMD_DOMAIN` and `CMD_PROTOCOL_USESSL=true`, without `CMD_URL_ADDPORT`.',
    },
    {
      symptom: '“Internal Server Error” at the callback',
      cause: 'HedgeDoc can’t reach the token or profile URL, or the secret is wrong',
      remedy: 'Look at its log.',
    },
  ],
  tested: null,
}
