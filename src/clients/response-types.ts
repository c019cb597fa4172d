/**
 * The response types of OpenID Connect (OAuth 2.0 Multiple Response Type Encoding Practices 1.0), as the library spells
 * them. A client has `code` alone unless it is registered for others, since those return tokens through the browser.
 */
export const RESPONSE_TYPES = [
  'code',
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
] as const
export type ResponseType = (typeof RESPONSE_TYPES)[number]

/** Whether the authorization endpoint returns tokens: the implicit and the hybrid flow. */
export function returnsTokens(type: string): boolean {
  return type !== 'code'
}

/** The grant types that belong to the response types (RFC 7591 section 2.1). */
export function grantTypes(types: readonly string[]): string[] {
  return [
    ...(types.some(type => type.split(' ').includes('code')) ? ['authorization_code', 'refresh_token'] : []),
    ...(types.some(returnsTokens) ? ['implicit'] : []),
  ]
}
