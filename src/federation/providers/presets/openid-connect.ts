import { OIDC_MAPPING } from '../claim-mapping.ts'
import { type Preset, USUAL } from '../preset.ts'

const OPENID = {
  ...USUAL,
  protocol: 'oidc',
  scopes: ['openid', 'profile', 'email'],
  mapping: OIDC_MAPPING,
  // Not basic: RFC 6749 section 2.3.1 has both halves percent-encoded there, which many providers do not decode.
  authentication: 'client_secret_post',
} satisfies Partial<Preset>

// Microsoft serves pictures only to requests with a token.
const { picture: _picture, ...microsoftProfile } = OIDC_MAPPING.profile

/** Presets of providers with an ID token, in the order in which they are listed. */
export const OPENID_PRESETS = {
  google: {
    ...OPENID,
    title: 'Google',
    issuer: 'https://accounts.google.com',
    parameters: { prompt: 'select_account' },
    // It refuses every prompt but this and `consent`.
    quirks: { reauthentication: {} },
    console: 'https://console.cloud.google.com/auth/clients',
    steps: [
      'Choose or create a project, and fill in “Branding” and “Audience” once.',
      'Under “Clients”, press “Create client” and choose “Web application”.',
      'Under “Authorised redirect URIs”, add: {redirectUri}',
      'Copy the client ID and the client secret; the secret is shown only once.',
    ],
  },
  /** Microsoft Entra ID; https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc */
  microsoft: {
    ...OPENID,
    title: 'Microsoft',
    issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
    mapping: {
      ...OIDC_MAPPING,
      // Its `email` is what an administrator of any tenant has typed. This optional claim, true or 1, says that the owner
      // of the domain confirms it.
      // https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
      emailVerified: { claim: 'xms_edov', values: [true, 1, '1'] },
      profile: microsoftProfile,
    },
    parameters: { prompt: 'select_account' },
    // It sends `auth_time` only if that was added to its optional claims.
    quirks: { reauthentication: { prompt: 'login' } },
    settings: {
      tenant: {
        about: 'whose accounts: a tenant’s ID, or organizations, consumers (personal accounts) or common (both)',
      },
    },
    console: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
    steps: [
      'Under “App registrations”, press “New registration”, enter a name and choose the supported account types.',
      'Choose the platform “Web” and enter as redirect URI: {redirectUri}',
      'Copy “Application (client) ID”, which is the client ID, and “Directory (tenant) ID”, which is the tenant if only your own accounts may sign in.',
      'Under “Certificates & secrets”, press “New client secret”, and copy its “Value” (not its ID); it is shown only once. Note when it expires: after that no one can sign in.',
      'Under “Token configuration”, press “Add optional claim”, choose “ID”, and add email and xms_edov. If xms_edov is not in the list, add it in “Manifest” under optionalClaims.idToken as {"name": "xms_edov"}. Without it no email counts as verified.',
    ],
  },
  /** https://developer.apple.com/documentation/signinwithapplerestapi */
  apple: {
    ...OPENID,
    title: 'Apple',
    issuer: 'https://appleid.apple.com',
    scopes: ['openid', 'name', 'email'],
    mapping: {
      ...OIDC_MAPPING,
      // Documented as a string or a boolean.
      emailVerified: { claim: 'email_verified', values: [true, 'true'] },
      profile: { given_name: 'given_name', family_name: 'family_name' },
    },
    authentication: 'signed',
    // Required with the scopes name and email.
    responseMode: 'form_post',
    quirks: { nameParameter: 'user', reauthentication: {} },
    settings: {
      'team-id': { about: 'the ten letters and digits under your name at the top right of the developer account' },
      'key-id': { about: 'the ten letters and digits of the key in the .p8 file' },
    },
    console: 'https://developer.apple.com/account/resources/identifiers/list',
    steps: [
      'Under “Identifiers”, create an “App ID” with the capability “Sign in with Apple”, unless you have one.',
      'Under “Identifiers”, create a “Services ID”; its identifier, such as com.example.id, is the client ID.',
      'Open it, switch on “Sign in with Apple”, press “Configure”, and choose the App ID as “Primary App ID”.',
      'Enter under “Domains and Subdomains”: {host}',
      'Enter under “Return URLs”: {redirectUri}',
      'Press “Next”, “Done”, “Continue” and “Save”: what is not saved on the last page is lost.',
      'Under “Keys”, create a key with “Sign in with Apple” for that App ID, and download it: the .p8 file is the secret, and can be downloaded only once. The page shows its key ID; the team ID is at the top right.',
    ],
  },
  /** gitlab.com, or your own GitLab; https://docs.gitlab.com/integration/openid_connect_provider */
  gitlab: {
    ...OPENID,
    title: 'GitLab',
    issuer: 'https://gitlab.com',
    console: '{issuer}/-/user_settings/applications',
    steps: [
      'Press “Add new application”. (For a group: its “Settings”, “Applications”. For everyone on your own GitLab: “Admin”, “Applications”.)',
      'Enter a name, and as “Redirect URI”: {redirectUri}',
      'Leave “Confidential” on, and choose the scopes openid, profile and email.',
      'Press “Save application”, and copy “Application ID” (the client ID) and “Secret”; it is shown only once.',
    ],
  },
  /** Any OpenID Provider with discovery. */
  oidc: {
    ...OPENID,
    title: 'OpenID Connect',
    secretOptional: true,
    console: null,
    steps: [
      'Register an application (client) for the authorization code flow at your provider.',
      'Give it this redirect URI: {redirectUri}',
      'If it takes a post-logout redirect URI, give it: {signedOutUri}',
      'If it takes a back-channel logout URI, give it: {backchannelLogoutUri}',
    ],
  },
} satisfies Record<string, Preset>
