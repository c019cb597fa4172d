import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { RESPONSE_TYPES } from '../../clients/response-types.ts'
import { translatorFor } from '../../i18n/translator.ts'
import type { Explanation } from '../../requests/refused-request.ts'
import { shownAddress } from '../../requests/sent-parameters.ts'
import { UnprotectedCode } from '../clients/code-protection.ts'
import type { errors } from '../provider/library.ts'
import { addressHelp } from './address-help.ts'
import { registeredAddresses, unregisteredAddress } from './developer-help.ts'
import type { FailedAuthentication } from './failed-authentication.ts'
import { addressFix } from './refused-request.ts'

interface Known {
  /** What the log says about a client that could not authenticate. */
  failed: FailedAuthentication | null
  /** What the log says mends it. */
  fix: string | null
  /** The description and the detail of the error. */
  detail: string | undefined
}

/** Addresses and scopes that are listed of a registration. */
const MOST = 6

/** What a refused protocol request should have been, for `gatehouse why`. */
export function protocolExplanation(
  ctx: KoaContextWithOIDC,
  error: errors.OIDCProviderError,
  { failed, fix, detail }: Known,
): Explanation {
  if (failed) {
    const { registeredMethod, usedMethod, problem } = failed
    const expected = registeredMethod === null ? [] : [`the client authenticates with ${registeredMethod}`]
    return { error: error.error, problem: `${problem} (sent: ${usedMethod})`, expected, fix: failed.fix }
  }
  const problem = detail ?? error.error
  const unregistered = addressExplanation(ctx, error, problem)
  return { error: error.error, problem, ...(unregistered ?? expectation(ctx, error, fix)) }
}

type Expectation = Pick<Explanation, 'expected' | 'fix'>

function addressExplanation({ oidc, query }: KoaContextWithOIDC, error: Error, problem: string): Expectation | null {
  const parameter = unregisteredAddress(error, problem)
  const { client } = oidc
  if (parameter === null || !client) return null
  const registered = registeredAddresses(client, parameter)
  const expected = [`${parameter} is exactly one of the registered addresses: ${listed(registered)}`]
  const address = { ...query, ...(oidc.body as Record<string, unknown> | undefined), ...oidc.params }[parameter]
  if (typeof address !== 'string') return { expected, fix: null }
  const { advice } = addressHelp({ client, parameter, address, registered })
  const words = translatorFor('en').t(`developer.advice.${advice}`)
  // An address with a user name, a query or a fragment is not repeated, since they may carry secrets.
  const fix = shownAddress(address) === address ? addressFix(client, parameter, address) : null
  return { expected, fix: fix ? `${words} Either ${fix}.` : words }
}

/** By the code of the error. */
function expectation({ oidc }: KoaContextWithOIDC, error: errors.OIDCProviderError, fix: string | null): Expectation {
  const { client, params = {} } = oidc
  const because = (expected: string | null, todo: string | null = fix) => ({
    expected: expected === null ? [] : [expected],
    fix: todo,
  })
  if (error instanceof UnprotectedCode) return because(`code_challenge, and code_challenge_method=S256 (PKCE)`)
  switch (error.error) {
    case 'invalid_client':
      return because('the client_id of a registered client', 'gatehouse clients list shows those that exist.')
    case 'invalid_scope':
      return because(
        client ? `scope has at least one that the client may ask for: ${listed(scopesOf(client))}` : null,
        fix ?? 'gatehouse clients update ID --add-scope SCOPE lets the client ask for another one.',
      )
    case 'unsupported_response_type':
      return because(`response_type is one of: ${listed(client?.responseTypes ?? RESPONSE_TYPES)}`)
    case 'unsupported_grant_type':
    case 'unauthorized_client':
      return because(client ? `grant_type is one of: ${listed(client.grantTypes ?? [])}` : null)
    case 'invalid_grant':
      return because(grant(String(params.grant_type)), 'Let the person sign in again in the application.')
    case 'invalid_token':
      return because('an access token that is neither expired nor revoked', 'Get a new token, or refresh it.')
    case 'login_required':
    case 'consent_required':
    case 'interaction_required':
    case 'account_selection_required':
      return because(
        'a session that needs no page to continue, because of prompt=none',
        'Repeat the request without prompt=none, so that the person can sign in.',
      )
    case 'access_denied':
      return because(
        'that the person agrees and has access',
        'The events say what the person, or their roles, refused.',
      )
    case 'invalid_dpop_proof':
    case 'use_dpop_nonce':
      return because('a fresh DPoP proof for this method and address')
    default:
      return because(null)
  }
}

function grant(type: string): string | null {
  if (type === 'authorization_code')
    return 'a code that was issued less than a minute ago and not used, with the client, redirect_uri and code_verifier of its request'
  if (type === 'refresh_token')
    return 'the newest refresh token of a sign-in that has not ended, by the client it was issued to'
  return null
}

function scopesOf({ people_scopes: people = [], resource_scopes: resource = [] }: Client): readonly string[] {
  return [...people, ...resource]
}

function listed(things: readonly string[]): string {
  if (things.length === 0) return 'none is registered'
  const more = things.length > MOST ? `, and ${things.length - MOST} more` : ''
  return things.slice(0, MOST).join(', ') + more
}
