import type { Preset } from '../preset.ts'

/** Anything that speaks OAuth 2.0 and has an API that says in JSON who somebody is. */
export const oauth2: Preset = {
  kind: 'oauth2',
  title: 'OAuth 2.0',
  protocol: 'oauth2',
  issuer: null,
  endpoints: null,
  scopes: [],
  mapping: {
    subject: 'id',
    email: 'email',
    // Only its operator can know what it means by an address.
    emailVerified: 'never',
    profile: { name: 'name' },
  },
  authentication: 'client_secret_basic',
  responseMode: null,
  parameters: {},
  secretOptional: true,
  settings: {},
  console: null,
  steps: [
    'Register an application (client) for the authorization code flow at your provider.',
    'Give it this redirect URI: {redirectUri}',
    'Look up its authorization, token and user endpoints, and what its user endpoint answers.',
  ],
}
