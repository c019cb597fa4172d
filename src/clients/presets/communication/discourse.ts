import type { ClientPreset } from '../client-preset.ts'

export const discourse: ClientPreset = {
  name: 'discourse',
  title: 'Discourse',
  kind: 'communication',
  aliases: ['discourse-openid-connect', 'forum'],
  documentation: 'https://meta.discourse.org/t/discourse-openid-connect/103632',
  profile: 'web',
  url: { about: 'the address of the forum', example: 'https://forum.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/oidc/callback`],
    postLogoutRedirectUris: [`${url}/`],
    scopes: ['openid', 'profile', 'email'],
  }),
  configuration: [
    {
      where: 'Site settings of the plugin discourse-openid-connect',
      language: 'text',
      text: value => `
        openid connect enabled: on
        openid connect discovery document: ${value.discovery}
        openid connect client id: ${value.clientId}
        openid connect client secret: ${value.secret}
        openid connect authorize scope: ${value.scopes}
        openid connect rp initiated logout: on
        openid connect rp initiated logout redirect: ${value.postLogoutRedirectUri}
      `,
    },
  ],
  roles: 'The plugin reads no roles. Groups are managed in Discourse.',
  signOut:
    'With “rp initiated logout”, signing out of Discourse signs out of Gatehouse too, and comes back. It receives no logout tokens.',
  pkce: 'nonce',
  troubles: [
    {
      symptom: '“There was an error when processing your login”',
      cause: 'the log says why, such as a wrong secret',
      remedy: 'Switch on “openid connect verbose logging”, and open `/logs`.',
    },
    {
      symptom: 'Discourse asks people to confirm their email',
      cause: 'their email is not verified here',
      remedy: 'Require it: `gatehouse clients update ID --verified-email-required`.',
    },
  ],
  tested: null,
}
