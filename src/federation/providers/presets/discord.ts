import type { Preset } from '../preset.ts'

/** https://docs.discord.com/developers/topics/oauth2 */
export const discord: Preset = {
  kind: 'discord',
  title: 'Discord',
  protocol: 'oauth2',
  // https://discord.com/.well-known/oauth-authorization-server
  issuer: 'https://discord.com',
  endpoints: {
    authorization: 'https://discord.com/oauth2/authorize',
    token: 'https://discord.com/api/oauth2/token',
    userinfo: 'https://discord.com/api/v10/users/@me',
  },
  scopes: ['identify', 'email'],
  mapping: {
    subject: 'id',
    email: 'email',
    emailVerified: { claim: 'verified', values: [true] },
    // Its picture is told as a hash, not as an address.
    profile: { name: 'global_name', preferred_username: 'username', locale: 'locale' },
  },
  authentication: 'client_secret_basic',
  responseMode: null,
  parameters: {},
  secretOptional: false,
  settings: {},
  console: 'https://discord.com/developers/applications',
  steps: [
    'Press “New Application” and enter a name; people see it when they are asked.',
    'Open “OAuth2”, press “Add Redirect” and enter: {redirectUri}',
    'Press “Save Changes”.',
    'Copy the “Client ID”, press “Reset Secret” and copy the “Client Secret”; it is shown this once.',
  ],
}
