const MAX_LENGTH = 300

/** Whether a client ID is the address of a client ID metadata document. Other clients have IDs without a colon. */
export function isDocumentAddress(clientId: string): boolean {
  return /^https:/i.test(clientId)
}

/**
 * What is wrong with the address of a document; null if nothing is. It must be spelled as URLs are normalized, without what
 * would let one document have several addresses, so that one application has one client ID
 * (draft-ietf-oauth-client-id-metadata-document section 3).
 */
export function addressProblem(clientId: string): string | null {
  const url = URL.parse(clientId)
  if (url?.protocol !== 'https:' || clientId.length > MAX_LENGTH)
    return `must be an https: URL of at most ${MAX_LENGTH} characters`
  if (url.href !== clientId) return 'must be spelled like a normalized URL'
  if (url.username || url.password || clientId.includes('#') || clientId.includes('?'))
    return 'must have no user name, query or fragment'
  if (/%2e|%2f|%5c/i.test(url.pathname)) return 'must have no encoded dots or slashes'
  return url.pathname === '/' ? 'must have a path' : null
}
