import type { ClientPreset } from '../client-preset.ts'

export const headscale: ClientPreset = {
  name: 'headscale',
  title: 'Headscale',
  kind: 'infrastructure',
  aliases: ['tailscale'],
  documentation: 'https://headscale.net/stable/ref/oidc/',
  profile: 'web',
  url: { about: 'server_url in config.yaml', example: 'https://headscale.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oidc/callback`],
    rolesClaim: 'groups',
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'config.yaml',
      language: 'yaml',
      text: value => `
        oidc:
          issuer: ${value.issuer}
          client_id: ${value.clientId}
          client_secret: ${value.secret}
          scope: [${value.scopeList}]
          pkce:
            enabled: true
            method: S256
      `,
    },
  ],
  roles:
    'Headscale reads the claim `groups`, which contains the roles here: `allowed_groups: [staff]` admits only people with one of them.',
  signOut:
    'A device stays in the network until its key expires (`oidc.expiry`). Signing out of Gatehouse does not remove it.',
  pkce: { option: 'pkce' },
  troubles: [
    {
      symptom: 'Headscale does not start',
      cause: 'it can’t reach the issuer at start',
      remedy: 'Start Gatehouse first, or set `only_start_if_oidc_is_available: false`.',
    },
    {
      symptom: '“unauthorized principal (domain mismatch)” or “(user mismatch)”',
      cause: '`allowed_domains` or `allowed_users` does not admit the person',
      remedy: 'Compare it with the email of the person.',
    },
  ],
  tested: null,
}
