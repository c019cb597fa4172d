import type { Preset } from '../preset.ts'

/** Sign in with Apple; https://developer.apple.com/documentation/signinwithapplerestapi */
export const apple: Preset = {
  kind: 'apple',
  title: 'Apple',
  protocol: 'oidc',
  issuer: 'https://appleid.apple.com',
  endpoints: null,
  scopes: ['openid', 'name', 'email'],
  mapping: {
    subject: 'sub',
    email: 'email',
    // Documented as a string or a boolean.
    emailVerified: { claim: 'email_verified', values: [true, 'true'] },
    profile: { given_name: 'given_name', family_name: 'family_name' },
  },
  authentication: 'signed',
  // Demanded where a name or an address is asked for.
  responseMode: 'form_post',
  parameters: {},
  quirks: { nameParameter: 'user', reauthentication: {} },
  secretOptional: false,
  settings: {
    'team-id': { about: 'the ten letters and digits under your name at the top right of the developer account' },
    'key-id': { about: 'the ten letters and digits of the key that the .p8 file holds' },
  },
  console: 'https://developer.apple.com/account/resources/identifiers/list',
  steps: [
    'Under “Identifiers”, make an “App ID” if there is none, with the capability “Sign in with Apple”.',
    'Under “Identifiers”, make a “Services ID”; its identifier, such as com.example.id, is the client ID.',
    'Open it, switch on “Sign in with Apple”, press “Configure”, and choose the App ID as “Primary App ID”.',
    'Enter under “Domains and Subdomains”: {host}',
    'Enter under “Return URLs”: {redirectUri}',
    'Press “Next”, “Done”, “Continue” and “Save”: what is not saved on the last page is lost.',
    'Under “Keys”, make a key with “Sign in with Apple” for that App ID, and download it: the .p8 file is the secret, and given this once. The page shows its key ID; the team ID is at the top right.',
  ],
}
