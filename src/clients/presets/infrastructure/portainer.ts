import type { ClientPreset } from '../client-preset.ts'

export const portainer: ClientPreset = {
  name: 'portainer',
  title: 'Portainer',
  kind: 'infrastructure',
  aliases: [],
  documentation: 'https://docs.portainer.io/admin/settings/authentication/oauth',
  profile: 'web',
  url: { about: 'the address that people open, with its port', example: 'https://portainer.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/`],
    postLogoutRedirectUris: [`${url}/`],
    scopes: ['openid', 'profile', 'email'],
    verifiedEmailRequired: true,
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'Settings, Authentication, OAuth, Custom',
      language: 'text',
      text: value => `
        Automatic user provisioning: on
        Client ID: ${value.clientId}
        Client secret: ${value.secret}
        Authorization URL: ${value.authorizationEndpoint}
        Access token URL: ${value.tokenEndpoint}
        Resource URL: ${value.userinfoEndpoint}
        Redirect URL: ${value.redirectUri}
        Logout URL: ${value.signOutUri}
        User identifier: email
        Scopes: ${value.scopes}
        Auth Style: In Params
      `,
    },
  ],
  roles:
    'The free edition reads no roles: new people belong to the team that you choose. The business edition can map a claim to teams; add `roles` to the scopes for it.',
  signOut: 'With the logout URL, signing out of Portainer signs out of Gatehouse too. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: '“Unable to login via OAuth”',
      cause: 'Portainer can’t reach the token or resource URL, or the secret is wrong',
      remedy: 'Look at the log of Portainer, and open the URLs from its machine.',
    },
    {
      symptom: '“User not created beforehand in Portainer and automatic user provisioning not enabled”',
      cause: 'automatic user provisioning is off',
      remedy: 'Switch it on, or create the person with their email as name.',
    },
  ],
  tested: null,
}
