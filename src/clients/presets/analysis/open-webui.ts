import type { ClientPreset } from '../client-preset.ts'

export const openWebui: ClientPreset = {
  name: 'open-webui',
  title: 'Open WebUI',
  kind: 'analysis',
  aliases: ['ollama-webui', 'openwebui'],
  documentation: 'https://docs.openwebui.com/features/auth/sso/',
  profile: 'web',
  url: { about: 'WEBUI_URL', example: 'https://ai.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/oauth/oidc/callback`] }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        WEBUI_URL=${value.url}
        ENABLE_OAUTH_SIGNUP=true
        OAUTH_PROVIDER_NAME=Gatehouse
        OPENID_PROVIDER_URL=${value.discovery}
        OAUTH_CLIENT_ID=${value.clientId}
        OAUTH_CLIENT_SECRET=${value.secret}
        OAUTH_SCOPES=${value.scopes}
        OAUTH_CODE_CHALLENGE_METHOD=S256
        ENABLE_OAUTH_ROLE_MANAGEMENT=true
        OAUTH_ROLES_CLAIM=roles
        OAUTH_ALLOWED_ROLES=subscriber
        OAUTH_ADMIN_ROLES=superuser
      `,
    },
  ],
  roles:
    'People with a role of `OAUTH_ADMIN_ROLES` become administrators, those with one of `OAUTH_ALLOWED_ROLES` users; everyone else is refused. Everyone has `subscriber` at Gatehouse unless you remove it.',
  signOut: 'Signing out of Open WebUI ends its own session. It receives no logout tokens.',
  pkce: { option: 'OAUTH_CODE_CHALLENGE_METHOD' },
  troubles: [
    {
      symptom: 'a changed variable has no effect',
      cause: 'Open WebUI keeps the first values in its database',
      remedy: 'Set `ENABLE_OAUTH_PERSISTENT_CONFIG=false`, or change them in the administration.',
    },
    {
      symptom: '“The email or password provided is incorrect” after signing in',
      cause: 'no role of the person is allowed, or the exchange of the code failed',
      remedy: 'Look at the log of the server, and compare `OAUTH_ALLOWED_ROLES` with `gatehouse roles list`.',
    },
    {
      symptom: '“This email is already registered”',
      cause: 'an account with this email was created with a password',
      remedy: 'Remove it, or set `OAUTH_MERGE_ACCOUNTS_BY_EMAIL=true`, only if every email is verified.',
    },
  ],
  tested: null,
}
