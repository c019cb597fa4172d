import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const coder: ClientPreset = {
  name: 'coder',
  title: 'Coder',
  kind: 'development',
  aliases: [],
  documentation: 'https://coder.com/docs/admin/users/oidc-auth',
  profile: 'web',
  url: { about: 'CODER_ACCESS_URL', example: 'https://coder.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/api/v2/users/oidc/callback`],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    verifiedEmailRequired: true,
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'The environment of the Coder server',
      language: 'sh',
      text: value => `
        CODER_ACCESS_URL=${value.url}
        CODER_OIDC_ISSUER_URL=${value.issuer}
        CODER_OIDC_CLIENT_ID=${value.clientId}
        CODER_OIDC_CLIENT_SECRET=${value.secret}
        CODER_OIDC_SCOPES=${value.scopes.replaceAll(' ', ',')}
        CODER_OIDC_SIGN_IN_TEXT='Sign in with Gatehouse'
      `,
    },
  ],
  roles:
    'The free edition reads no roles. The premium one does: add `roles` to the scopes of the client and of Coder, and set `CODER_OIDC_GROUP_FIELD=roles`.',
  signOut: 'Signing out of Coder ends its own session. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: '“Verify the … email address on your OIDC provider to authenticate!”',
      cause: 'the email of the person is not verified',
      remedy: 'Keep `--verified-email-required`.',
    },
    NO_USERNAME,
    {
      symptom: 'the page about `redirect_uri`',
      cause: '`CODER_ACCESS_URL` is not the address that people open',
      remedy: 'Set it to that address.',
    },
  ],
  tested: null,
}
