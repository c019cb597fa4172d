import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const mastodon: ClientPreset = {
  name: 'mastodon',
  title: 'Mastodon',
  kind: 'communication',
  aliases: ['fediverse'],
  documentation: 'https://docs.joinmastodon.org/admin/config/#oidc',
  profile: 'web',
  url: { about: 'WEB_DOMAIN or LOCAL_DOMAIN, with https', example: 'https://social.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/auth/openid_connect/callback`],
    scopes: ['openid', 'profile', 'email'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: '.env.production',
      language: 'sh',
      text: value => `
        OIDC_ENABLED=true
        OIDC_DISPLAY_NAME=Gatehouse
        OIDC_DISCOVERY=true
        OIDC_ISSUER=${value.issuer}
        OIDC_SCOPE=${value.scopes.replaceAll(' ', ',')}
        OIDC_UID_FIELD=preferred_username
        OIDC_CLIENT_ID=${value.clientId}
        OIDC_CLIENT_SECRET=${value.secret}
        OIDC_REDIRECT_URI=${value.redirectUri}
        OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED=true
      `,
    },
  ],
  roles: 'Mastodon reads no roles. Give them with `tootctl accounts modify NAME --role Owner`.',
  signOut: 'Signing out of Mastodon ends its own session. It receives no logout tokens.',
  pkce: 'nonce',
  troubles: [
    NO_USERNAME,
    {
      symptom: 'Mastodon asks for a confirmation of the email, or refuses it as taken',
      cause: '`OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED` is not `true`',
      remedy: 'Set it. It is safe because the client is registered with `--verified-email-required`.',
    },
    {
      symptom: '“Could not authenticate you from OpenID Connect”',
      cause: 'the rest of the sentence or the log says it, such as a wrong secret or issuer',
      remedy: 'The issuer must be exactly `PUBLIC_URL`.',
    },
  ],
  tested: null,
}
