import { OIDC_MAPPING } from '../claim-mapping.ts'
import type { Preset } from '../preset.ts'

export const google: Preset = {
  kind: 'google',
  title: 'Google',
  protocol: 'oidc',
  issuer: 'https://accounts.google.com',
  endpoints: null,
  scopes: ['openid', 'profile', 'email'],
  mapping: OIDC_MAPPING,
  authentication: 'client_secret_post',
  responseMode: null,
  parameters: { prompt: 'select_account' },
  // It knows no other prompt than this and `consent`, and refuses what it does not know.
  quirks: { reauthentication: {} },
  secretOptional: false,
  settings: {},
  console: 'https://console.cloud.google.com/auth/clients',
  steps: [
    'Choose or make a project, and fill in “Branding” and “Audience” once.',
    'Under “Clients”, press “Create client” and choose “Web application”.',
    'Under “Authorised redirect URIs”, add: {redirectUri}',
    'Copy the client ID and the client secret; the secret is shown this once.',
  ],
}
