import type { Preset } from '../preset.ts'

/** GitHub, which is no OpenID Provider; https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
export const github: Preset = {
  kind: 'github',
  title: 'GitHub',
  protocol: 'oauth2',
  // https://docs.github.com/en/apps/github-authentication-discovery-endpoints
  issuer: 'https://github.com/login/oauth',
  endpoints: {
    authorization: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    userinfo: 'https://api.github.com/user',
    emails: 'https://api.github.com/user/emails',
  },
  scopes: ['read:user', 'user:email'],
  mapping: {
    subject: 'id',
    email: 'email',
    emailVerified: { claim: 'email_verified', values: [true] },
    profile: { name: 'name', preferred_username: 'login', picture: 'avatar_url', profile: 'html_url', website: 'blog' },
  },
  authentication: 'client_secret_post',
  responseMode: null,
  parameters: {},
  quirks: { reauthentication: { prompt: 'select_account' } },
  secretOptional: false,
  settings: {},
  console: 'https://github.com/settings/developers',
  steps: [
    'Under “OAuth Apps”, press “New OAuth app”. (For an organisation: its settings, “Developer settings”, “OAuth Apps”.)',
    'Enter a name, and as “Homepage URL”: {origin}',
    'Enter as “Authorization callback URL”: {redirectUri}',
    'Leave “Enable Device Flow” off, and press “Register application”.',
    'Copy the “Client ID”, press “Generate a new client secret” and copy the secret; it is shown this once.',
  ],
}
