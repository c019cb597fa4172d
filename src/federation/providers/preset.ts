import { z } from 'zod'
import type { ClaimMapping } from './claim-mapping.ts'

export const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(500)

/** The endpoints of a provider without discovery (RFC 8414). `emails`: where it lists email addresses separately. */
export const endpointsSchema = z.strictObject({
  authorization: webAddress,
  token: webAddress,
  userinfo: webAddress,
  emails: webAddress.optional(),
})
export type Endpoints = z.output<typeof endpointsSchema>

/** Where a provider departs from the standards. */
interface Quirks {
  /**
   * How its API takes the access token: `OAuth` replaces `Bearer` in the Authorization header; `form`: it is posted as
   * `access_token`, with `client_id`.
   */
  apiAuthentication?: 'OAuth' | 'form'
  /** Parameters of the callback that its token endpoint requires too, such as `device_id`. */
  tokenRequestParameters?: readonly string[]
  /** The callback parameter with the name, sent once, as JSON: `{"name":{"firstName":…,"lastName":…}}`. */
  nameParameter?: string
  /**
   * Parameters that make it ask people to authenticate again, if it does not support `prompt=login` and `max_age` (OpenID
   * Connect Core section 3.1.2.1). Such a provider does not send `auth_time` either.
   */
  reauthentication?: Readonly<Record<string, string>>
}

/** What is known in advance about a provider. An operator adds a client ID and a secret. */
export interface Preset {
  title: string
  /** `oidc`: an ID token identifies the person; `oauth2`: an API of the provider does. */
  protocol: 'oidc' | 'oauth2'
  /**
   * Null if the operator sets it. `{name}` is replaced with the setting of that name. For plain OAuth 2.0 it is the `iss`
   * of its responses (RFC 9207), if it sends one.
   */
  issuer: string | null
  /** Null if they come from discovery or from the operator. */
  endpoints: Endpoints | null
  scopes: readonly string[]
  mapping: ClaimMapping
  /** How the client authenticates; `signed`: the secret is a JWT that is signed for each request (Apple). */
  authentication: 'client_secret_basic' | 'client_secret_post' | 'signed'
  responseMode: 'form_post' | null
  /** Parameters of the authorization request, which override the usual ones. */
  parameters: Readonly<Record<string, string>>
  quirks: Quirks
  /** Whether it accepts public clients, which have no secret. */
  secretOptional: boolean
  /** Further settings, by their name on the command line (`team-id`). */
  settings: Readonly<Record<string, { about: string }>>
  /** The page where applications are registered; `{issuer}` is replaced with the provider's issuer. */
  console: string | null
  /**
   * How to register Gatehouse there, quoting that page. `{redirectUri}`, `{signedOutUri}`, `{backchannelLogoutUri}`,
   * `{origin}` and `{host}` are replaced with ours, `{issuer}` with the provider's.
   */
  steps: readonly string[]
}

/** What most presets have in common. */
export const USUAL = {
  issuer: null,
  endpoints: null,
  responseMode: null,
  parameters: {},
  quirks: {},
  secretOptional: false,
  settings: {},
} satisfies Partial<Preset>
