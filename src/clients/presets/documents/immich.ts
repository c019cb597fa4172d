import type { ClientPreset } from '../client-preset.ts'

export const immich: ClientPreset = {
  name: 'immich',
  title: 'Immich',
  kind: 'documents',
  aliases: ['photos'],
  documentation: 'https://docs.immich.app/administration/oauth',
  profile: 'web',
  url: { about: 'the address that people open', example: 'https://immich.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/login`, `${url}/user-settings`, `${url}/api/oauth/mobile-redirect`],
    scopes: ['openid', 'profile', 'email'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'Administration, Settings, Authentication, OAuth',
      language: 'text',
      text: (value, { url }) => `
        Issuer URL: ${value.issuer}
        Client ID: ${value.clientId}
        Client Secret: ${value.secret}
        Scope: ${value.scopes}
        Storage label claim: preferred_username
        Button text: Sign in with Gatehouse
        Auto register: on
        Mobile redirect URI override: on
        Mobile redirect URI: ${url}/api/oauth/mobile-redirect
      `,
    },
  ],
  roles: 'Immich reads no roles of this kind. Administrators are chosen in Immich.',
  signOut: 'Signing out of Immich ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'the app on a phone fails, the browser works',
      cause:
        'without the override, the app sends `app.immich:///oauth-callback`, which a client with a secret can’t register',
      remedy: 'Switch on the mobile redirect URI override.',
    },
    {
      symptom: '“Failed to finish oauth”, with “unexpected JWT alg” in the log',
      cause: 'the two sides expect different signatures of ID tokens',
      remedy: 'Leave RS256 in both: `gatehouse clients update ID --id-token-alg RS256`.',
    },
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'people open Immich at an address that is not registered',
      remedy: 'Register each with `gatehouse clients update ID --add-redirect-uri …/auth/login`.',
    },
  ],
  tested: null,
}
