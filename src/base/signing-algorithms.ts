/**
 * The signature algorithms of tokens (RFC 7518, RFC 8037, RFC 9864), in the order in which the key set lists their keys.
 * RS256 is first because some verifiers take the first key of a set, and most applications expect RS256 ID tokens.
 */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'PS256', 'Ed25519'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]
