import type { ClaimMapping } from './claim-mapping.ts'

/** Of a provider without discovery (RFC 8414): absolute addresses. */
export interface Endpoints {
  authorization: string
  token: string
  /** Where it says who somebody is. */
  userinfo: string
  /** Where it lists their addresses, where that is a place of its own. */
  emails?: string
}

/** What a provider does its own way; what is not mentioned is as the standards say. */
interface Quirks {
  /**
   * How its own API is shown the access token: `OAuth` stands where `Bearer` does elsewhere; `form`: posted as
   * `access_token`, beside `client_id`.
   */
  apiAuthentication?: 'OAuth' | 'form'
  /** Parameters of the callback that its token endpoint wants to see again, such as `device_id`. */
  tokenRequestParameters?: readonly string[]
  /** The parameter of the callback in which it tells the name, once, as JSON: `{"name":{"firstName":…,"lastName":…}}`. */
  nameParameter?: string
  /**
   * What makes it ask people to show anew who they are, in place of `prompt=login` and `max_age` (OpenID Connect Core
   * section 3.1.2.1), where it does not keep to these; nor does it say then when they did.
   */
  reauthentication?: Readonly<Record<string, string>>
}

/** What is known beforehand of a provider: where it is, what to ask it for, how it names things, and what it does its own way. */
export interface Preset {
  /** Its key in PRESETS. */
  kind: string
  title: string
  /** `oidc`: an ID token says who somebody is; `oauth2`: its own API does. */
  protocol: 'oidc' | 'oauth2'
  /**
   * Null where the operator says it. `{name}` stands for a setting of that name. Of plain OAuth 2.0 what it says as `iss` in
   * its answers (RFC 9207), if it does.
   */
  issuer: string | null
  /** Null where discovery tells them, or the operator does. */
  endpoints: Endpoints | null
  scopes: readonly string[]
  mapping: ClaimMapping
  /** How it is shown the client secret; `signed`: the secret is a JWT that is signed anew each time (Apple). */
  authentication: 'client_secret_basic' | 'client_secret_post' | 'signed'
  /** How it brings the browser back where that is not by a query. */
  responseMode: 'form_post' | null
  /** What is said beside at its authorization endpoint, also in place of what is usual there. */
  parameters: Readonly<Record<string, string>>
  quirks?: Quirks
  /** Where the secret may be missing: public clients. */
  secretOptional: boolean
  /** Settings that it takes, by their names on the command line (`team-id`), and what they are. */
  settings: Readonly<Record<string, { about: string; default?: string }>>
  /** Where its applications are registered; `{issuer}` stands for its own. */
  console: string | null
  /**
   * What to do there, step by step, in its own words. `{redirectUri}`, `{signedOutUri}` and `{backchannelLogoutUri}` stand for
   * our addresses, `{origin}` and `{host}` for our origin and host, `{issuer}` for its own issuer.
   */
  steps: readonly string[]
}
