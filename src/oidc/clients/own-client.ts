import { randomBytes } from 'node:crypto'
import type { ClientMetadata } from 'oidc-provider'
import type { Config } from '../../base/config.ts'
import { COMMAND_LINE_CLIENT, OWN_CLIENT } from '../../clients/client.ts'
import { ALL_PERMISSIONS } from '../../clients/permissions.ts'

const CALLBACK = '/account/callback'

/** The account pages are a client of their own, so that people sign in to them as to any application. */
export function ownClient({ issuer }: Config): ClientMetadata {
  return {
    client_id: OWN_CLIENT,
    client_name: 'Gatehouse',
    redirect_uris: [issuer + CALLBACK],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    people_scopes: ['openid'],
    first_party: true,
    verified_email_required: false,
    second_factor_required: false,
    pkce: 'required',
    resource_scopes: [],
    permissions: [],
  }
}

/** The command line gets access tokens for Gatehouse's own API without any request (bearer/operator-tokens.ts). */
export function commandLineClient(): ClientMetadata {
  return {
    client_id: COMMAND_LINE_CLIENT,
    client_name: 'Gatehouse command line',
    redirect_uris: [],
    grant_types: [],
    response_types: [],
    token_endpoint_auth_method: 'none',
    people_scopes: [],
    resource_scopes: [],
    permissions: ALL_PERMISSIONS,
    verified_email_required: false,
  }
}

/**
 * The authorization request for a browser that must sign in or re-authenticate before it goes on to `returnTo`.
 * The account pages read the session itself: the code that comes back is never redeemed,
 * so the code challenge has no verifier.
 * @param maxAge seconds since the last sign-in that are still recent enough
 * @param acr the assurance level that the session must have
 * @param prompt `select_account` for the account chooser
 */
export function signInUrl(
  { issuer }: Config,
  returnTo: string,
  { maxAge, acr, prompt }: { maxAge?: number | undefined; acr?: string | undefined; prompt?: 'select_account' } = {},
): string {
  const request = new URLSearchParams({
    client_id: OWN_CLIENT,
    redirect_uri: issuer + CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: returnTo,
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acr === undefined ? {} : { acr_values: acr }),
    ...(prompt === undefined ? {} : { prompt }),
  })
  return `${issuer}/auth?${request}`
}
