import type { ClientPreset } from '../client-preset.ts'

export const oidcAgent: ClientPreset = {
  name: 'oidc-agent',
  title: 'oidc-agent',
  kind: 'identity',
  aliases: ['oidc-gen', 'oidc-token'],
  documentation: 'https://indigo-dc.gitbook.io/oidc-agent/user/oidc-gen',
  profile: 'native',
  url: null,
  registration: () => ({
    redirectUris: ['http://localhost'],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
  }),
  configuration: [
    {
      where: 'A command, with oidc-agent running',
      language: 'sh',
      text: value => `
        oidc-gen gatehouse --manual --pub --flow=code \\
          --issuer=${value.issuer} \\
          --client-id=${value.clientId} \\
          --redirect-uri=http://localhost:4242 \\
          --scope=${value.scopes}

        oidc-token gatehouse
      `,
    },
  ],
  roles: 'The access tokens of APIs that are registered with Gatehouse contain `roles`.',
  signOut: '`oidc-gen --delete gatehouse` revokes the refresh token. Signing out elsewhere ends it too.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'oidc-gen asks for a client secret',
      cause: '`--pub` is missing',
      remedy: 'Add it; the client is public and has no secret.',
    },
    {
      symptom: 'no refresh token',
      cause: '`offline_access` is missing from the scopes, or was not agreed to',
      remedy: 'Run the command again with all scopes as printed.',
    },
  ],
  tested: { version: '4.2.6', how: 'as printed, in every run of the checks' },
}
