import type { ClientPreset } from '../client-preset.ts'

export const zulip: ClientPreset = {
  name: 'zulip',
  title: 'Zulip',
  kind: 'communication',
  aliases: [],
  documentation: 'https://zulip.readthedocs.io/en/stable/production/authentication-methods.html#openid-connect',
  profile: 'web',
  url: { about: 'EXTERNAL_HOST, with https', example: 'https://chat.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/complete/oidc/`],
    scopes: ['openid', 'profile', 'email'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: '/etc/zulip/settings.py',
      language: 'python',
      text: value => `
        AUTHENTICATION_BACKENDS = (
            'zproject.backends.EmailAuthBackend',
            'zproject.backends.GenericOpenIdConnectBackend',
        )
        SOCIAL_AUTH_OIDC_ENABLED_IDPS = {
            'gatehouse': {
                'oidc_url': ${value.issuer},
                'display_name': 'Gatehouse',
                'display_icon': None,
                'client_id': ${value.clientId},
                'secret': get_secret('social_auth_oidc_secret'),
                'auto_signup': True,
            }
        }
        SOCIAL_AUTH_OIDC_FULL_NAME_VALIDATED = True
      `,
    },
    {
      where: '/etc/zulip/zulip-secrets.conf',
      language: 'ini',
      text: value => `social_auth_oidc_secret = ${value.secret}`,
    },
  ],
  roles: 'Zulip reads no roles from OpenID Connect.',
  signOut: 'Signing out of Zulip ends its own session. It receives no logout tokens.',
  pkce: 'nonce',
  troubles: [
    {
      symptom: 'no button on the sign-in page',
      cause: 'the backend is missing, or is disabled in the settings of the organization',
      remedy: 'Run `/home/zulip/deployments/current/scripts/restart-server`, and look at “Authentication methods”.',
    },
    {
      symptom: 'back at the sign-in page without a message',
      cause: 'the log says why, such as a wrong secret',
      remedy: 'Look into `/var/log/zulip/errors.log`.',
    },
    {
      symptom: '“You need an invitation to join this organization”',
      cause: 'the organization admits only invited people',
      remedy: 'Invite them, or allow new people in its settings.',
    },
  ],
  tested: null,
}
