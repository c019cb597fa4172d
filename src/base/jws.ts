/**
 * Whether each part of a compact JWS is spelled as base64url is written (RFC 4648 sections 3.5 and 5, RFC 7515 section 2):
 * without padding, without other characters, and with zeros for the bits that belong to no byte. Decoders forgive all
 * of that, so that one token would have many spellings.
 */
export function isCanonical(jws: string): boolean {
  return jws.split('.').every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
}
