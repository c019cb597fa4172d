/** The HTTP status of each refusal by its code. Codes are stable, since programs and translations use them. */
export const STATUS = {
  invalid_request: 400,
  upstream_cancelled: 400,
  wrong_credentials: 401,
  token_required: 401,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_user_authentication: 401,
  insufficient_scope: 403,
  forbidden: 403,
  forbidden_form: 403,
  signed_out: 403,
  link_invalid: 403,
  other_browser: 403,
  address_unverified: 403,
  registration_closed: 403,
  factor_reset_off: 403,
  takeover_not_allowed: 403,
  last_sign_in_method: 403,
  last_superuser: 403,
  domain: 403,
  suspended: 403,
  impersonated: 403,
  address_taken: 403,
  provider_off: 403,
  not_found: 404,
  session_not_found: 404,
  account_gone: 404,
  pending_identity_gone: 404,
  upstream_lost: 404,
  conflict: 409,
  precondition_failed: 412,
  invalid_input: 422,
  too_many_attempts: 429,
  too_many_requests: 429,
  upstream_unavailable: 502,
  upstream_broken: 502,
  busy: 503,
  schema_busy: 503,
  temporarily_unavailable: 503,
} as const

export type RefusalCode = keyof typeof STATUS
/** The codes with a status. */
export type CodeOf<Status extends number> = {
  [Code in RefusalCode]: (typeof STATUS)[Code] extends Status ? Code : never
}[RefusalCode]
