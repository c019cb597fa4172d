import { OIDC_MAPPING } from '../claim-mapping.ts'
import type { Preset } from '../preset.ts'

/** Any OpenID Provider with discovery. */
export const oidc: Preset = {
  kind: 'oidc',
  title: 'OpenID Connect',
  protocol: 'oidc',
  issuer: null,
  endpoints: null,
  scopes: ['openid', 'profile', 'email'],
  mapping: OIDC_MAPPING,
  // RFC 6749 section 2.3.1 has both halves of the basic way percent-encoded, which many providers do not undo.
  authentication: 'client_secret_post',
  responseMode: null,
  parameters: {},
  secretOptional: true,
  settings: {},
  console: null,
  steps: [
    'Register an application (client) for the authorization code flow at your provider.',
    'Give it this redirect URI: {redirectUri}',
    'Where it takes a post-logout redirect URI, give it: {signedOutUri}',
    'Where it takes a back-channel logout URI, give it: {backchannelLogoutUri}',
  ],
}
