import { Refusal } from '../../base/refusals.ts'

/**
 * The access token is missing, invalid or insufficient. `challenge` holds the parameters of the `WWW-Authenticate`
 * header (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3), without `error` if no token was sent at all.
 */
export class TokenRefused extends Refusal {
  readonly code: TokenProblem
  readonly challenge: Readonly<Record<string, string>>

  constructor(error: TokenProblem, description: string, parameters: Record<string, string> = {}) {
    super(description)
    this.code = error
    this.challenge = { ...(error === 'token_required' ? {} : { error, error_description: description }), ...parameters }
  }
}

type TokenProblem =
  | 'token_required'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'

/** The error does not say why the token was refused, because anyone may ask. */
export function invalidToken(): TokenRefused {
  return new TokenRefused('invalid_token', 'the access token is unknown, expired or revoked')
}

/** @param scope what the request needs */
export function insufficientScope(scope: string): TokenRefused {
  return new TokenRefused('insufficient_scope', `the access token does not have the scope ${scope}`, { scope })
}
