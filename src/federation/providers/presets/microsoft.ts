import { OIDC_MAPPING } from '../claim-mapping.ts'
import type { Preset } from '../preset.ts'

// Its picture wants a token to be looked at.
const { picture: _picture, ...profile } = OIDC_MAPPING.profile

/** Microsoft Entra ID; https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc */
export const microsoft: Preset = {
  kind: 'microsoft',
  title: 'Microsoft',
  protocol: 'oidc',
  issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
  endpoints: null,
  scopes: ['openid', 'profile', 'email'],
  mapping: {
    ...OIDC_MAPPING,
    // Its `email` is whatever an administrator of any tenant has typed in. That the owner of the domain stands behind it is
    // said by this optional claim, as true or as 1.
    // https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
    emailVerified: { claim: 'xms_edov', values: [true, 1, '1'] },
    profile,
  },
  authentication: 'client_secret_post',
  responseMode: null,
  parameters: { prompt: 'select_account' },
  // It says when somebody has signed in only where `auth_time` was added to its optional claims.
  quirks: { reauthentication: { prompt: 'login' } },
  secretOptional: false,
  settings: {
    tenant: {
      about: 'whose accounts: a tenant’s ID, or organizations, consumers (personal accounts) or common (both)',
    },
  },
  console: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  steps: [
    'Under “App registrations”, press “New registration”, enter a name and choose the supported account types.',
    'Choose the platform “Web” and enter as redirect URI: {redirectUri}',
    'Copy “Application (client) ID”: it is the client ID; and “Directory (tenant) ID”: it is the tenant, where only your own accounts may come.',
    'Under “Certificates & secrets”, press “New client secret”, and copy its “Value” (not its ID); it is shown this once. Note when it expires: nobody signs in after that.',
    'Under “Token configuration”, press “Add optional claim”, choose “ID”, and add email and xms_edov. Where xms_edov is not in the list, add it in “Manifest” under optionalClaims.idToken as {"name": "xms_edov"}. Without it no address is believed.',
  ],
}
