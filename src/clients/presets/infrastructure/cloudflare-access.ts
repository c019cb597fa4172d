import type { ClientPreset } from '../client-preset.ts'

export const cloudflareAccess: ClientPreset = {
  name: 'cloudflare-access',
  title: 'Cloudflare Access',
  kind: 'infrastructure',
  aliases: ['cloudflare', 'cloudflare-zero-trust', 'zero-trust'],
  documentation: 'https://developers.cloudflare.com/cloudflare-one/identity/idp-integration/generic-oidc/',
  profile: 'web',
  url: { about: 'the address of your team', example: 'https://example-team.cloudflareaccess.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/cdn-cgi/access/callback`],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'Zero Trust dashboard, Integrations, Identity providers, OpenID Connect',
      language: 'text',
      text: value => `
        Name: Gatehouse
        App ID: ${value.clientId}
        Client secret: ${value.secret}
        Auth URL: ${value.authorizationEndpoint}
        Token URL: ${value.tokenEndpoint}
        Certificate URL: ${value.jwksUri}
        Proof Key for Code Exchange (PKCE): on
        Email claim name: email
        OIDC Claims: roles
      `,
    },
  ],
  roles:
    'The dashboard requests `openid email profile`, which does not give `roles`. Add the scope with the API or Terraform (`scopes`); policies can then match the OIDC claim `roles`.',
  signOut: '`/cdn-cgi/access/logout` ends the session at Cloudflare alone. It receives no logout tokens.',
  pkce: { option: 'Proof Key for Code Exchange (PKCE): on' },
  troubles: [
    {
      symptom: '“Failed to fetch user/group information from the identity provider”',
      cause: 'Cloudflare can’t reach the token or certificate URL, or the secret is wrong',
      remedy: 'Gatehouse must be reachable from the internet. “Test” in the dashboard shows the details.',
    },
    {
      symptom: '“That account does not have access”',
      cause: 'no policy of the application admits the person',
      remedy: 'Add a policy by email or by the OIDC claim.',
    },
  ],
  tested: null,
}
