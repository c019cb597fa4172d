/**
 * Whether each part of a compact JWS is canonical base64url (RFC 4648 sections 3.5 and 5, RFC 7515 section 2): no
 * padding, no other characters, and zeros for the unused bits. Decoders accept deviations, which would give one token
 * many forms.
 */
export function isCanonical(jws: string): boolean {
  return jws.split('.').every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
}
