import { OIDC_MAPPING } from '../claim-mapping.ts'
import type { Preset } from '../preset.ts'

/** gitlab.com, or a GitLab of your own; https://docs.gitlab.com/integration/openid_connect_provider */
export const gitlab: Preset = {
  kind: 'gitlab',
  title: 'GitLab',
  protocol: 'oidc',
  issuer: 'https://gitlab.com',
  endpoints: null,
  scopes: ['openid', 'profile', 'email'],
  mapping: OIDC_MAPPING,
  authentication: 'client_secret_post',
  responseMode: null,
  parameters: {},
  secretOptional: false,
  settings: {},
  console: '{issuer}/-/user_settings/applications',
  steps: [
    'Press “Add new application”. (For a group: its “Settings”, “Applications”. For everybody on your own GitLab: “Admin”, “Applications”.)',
    'Enter a name, and as “Redirect URI”: {redirectUri}',
    'Leave “Confidential” on, and choose the scopes openid, profile and email.',
    'Press “Save application”, and copy “Application ID” (the client ID) and “Secret”; it is shown this once.',
  ],
}
