import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'

export const dex: ClientPreset = {
  name: 'dex',
  title: 'Dex',
  kind: 'identity',
  aliases: ['dexidp'],
  documentation: 'https://dexidp.io/docs/connectors/oidc/',
  profile: 'web',
  url: { about: 'the issuer of Dex', example: 'https://dex.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/callback`],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'The configuration of Dex, as a connector',
      language: 'yaml',
      text: value => `
        connectors:
          - type: oidc
            id: gatehouse
            name: Gatehouse
            config:
              issuer: ${value.issuer}
              clientID: ${value.clientId}
              clientSecret: ${value.secret}
              redirectURI: ${value.redirectUri}
              scopes: [profile, email, roles]
              insecureEnableGroups: true
              claimMapping:
                groups: roles
      `,
    },
  ],
  roles:
    '`claimMapping` turns the roles into the claim `groups` of Dex, for applications that ask it for the scope `groups`. They are updated at each sign-in, and with `offline_access` at each refresh.',
  signOut: 'Dex has no sign-out of its own, and receives no logout tokens.',
  pkce: 'default',
  troubles: [
    OLDER_VERSION,
    {
      symptom: '“missing "email_verified" claim” or “email not verified”',
      cause: 'the email of the person is not verified',
      remedy: 'Keep `--verified-email-required`.',
    },
    {
      symptom: 'Dex does not start: “failed to get provider”',
      cause: 'it can’t reach the issuer, or the issuer is not exactly `PUBLIC_URL`',
      remedy: 'Start Gatehouse first, and open the discovery document from the machine of Dex.',
    },
  ],
  tested: null,
}
