import type { ClientPreset } from '../client-preset.ts'

export const mealie: ClientPreset = {
  name: 'mealie',
  title: 'Mealie',
  kind: 'documents',
  aliases: ['recipes'],
  documentation: 'https://docs.mealie.io/documentation/getting-started/authentication/oidc-v2/',
  profile: 'web',
  url: { about: 'BASE_URL', example: 'https://mealie.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/login`], verifiedEmailRequired: true }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        BASE_URL=${value.url}
        OIDC_AUTH_ENABLED=true
        OIDC_SIGNUP_ENABLED=true
        OIDC_PROVIDER_NAME=Gatehouse
        OIDC_CONFIGURATION_URL=${value.discovery}
        OIDC_CLIENT_ID=${value.clientId}
        OIDC_CLIENT_SECRET=${value.secret}
        OIDC_GROUPS_CLAIM=roles
        OIDC_USER_GROUP=subscriber
        OIDC_ADMIN_GROUP=superuser
      `,
    },
  ],
  roles:
    'People with the role of `OIDC_ADMIN_GROUP` become administrators, those with that of `OIDC_USER_GROUP` users; everyone else is refused. Everyone has `subscriber` at Gatehouse unless you remove it.',
  signOut: 'Signing out of Mealie ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'the page about `redirect_uri`',
      cause: '`BASE_URL` is not the address that people open, or the proxy sends no `X-Forwarded-Proto`',
      remedy: 'Set both.',
    },
    {
      symptom: 'back at the sign-in page of Mealie',
      cause: 'the person has neither of the two roles',
      remedy: 'Compare them with `gatehouse roles list`; `LOG_LEVEL=DEBUG` shows the claims.',
    },
  ],
  tested: null,
}
