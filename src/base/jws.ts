/**
 * Whether each part of a compact JWS is canonical base64url (RFC 4648 sections 3.5 and 5, RFC 7515 section 2): without
 * padding, without other characters, and with zeros for the unused bits. Decoders accept deviations, so that one token
 * would have many forms.
 */
export function isCanonical(jws: string): boolean {
  return jws.split('.').every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
}
