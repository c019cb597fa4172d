import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const rocketChat: ClientPreset = {
  name: 'rocket-chat',
  title: 'Rocket.Chat',
  kind: 'communication',
  aliases: ['rocketchat', 'rocket.chat'],
  documentation: 'https://docs.rocket.chat/docs/custom-oauth',
  profile: 'web',
  url: { about: 'the site URL', example: 'https://chat.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/_oauth/gatehouse`], pkce: 'off' }),
  configuration: [
    {
      where: 'Administration, Settings, OAuth, Add custom OAuth, with the name Gatehouse',
      language: 'text',
      text: value => `
        Enable: on
        URL: ${value.issuer}
        Token Path: /token
        Token Sent Via: Payload
        Identity Token Sent Via: Header
        Identity Path: /me
        Authorize Path: /auth
        Scope: ${value.scopes}
        Param Name for access token: access_token
        Id: ${value.clientId}
        Secret: ${value.secret}
        Login Style: Redirect
        Button Text: Gatehouse
        Key Field: Username
        Username field: preferred_username
        Email field: email
        Name field: name
        Roles/Groups field name: roles
        Merge Roles from SSO: on
        Show Button on Login Page: on
      `,
    },
  ],
  roles:
    'With “Merge Roles from SSO”, people get the roles of Rocket.Chat that have the name of one of their roles here.',
  signOut: 'Signing out of Rocket.Chat ends its own session. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    NO_USERNAME,
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the name of the custom OAuth is not Gatehouse, or the site URL is wrong',
      remedy: 'The redirect URI is the site URL with `/_oauth/` and the name in lower case.',
    },
    {
      symptom: '“Failed to complete OAuth handshake” in the log',
      cause: 'Rocket.Chat can’t reach the token path, or the secret is wrong',
      remedy: 'Check that the URL is the issuer, without a slash at the end.',
    },
  ],
  tested: null,
}
