import type { Profile } from './client.ts'

/** Host names of the machine itself. */
export const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Schemes that a browser handles itself instead of opening an application. */
const FORBIDDEN = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'ftp:', 'ws:', 'wss:'])

/**
 * What is wrong with a redirect URI; null if nothing is. It must be exact, and use https unless it leads to the same
 * device (RFC 9700 section 2.1, RFC 8252 section 7).
 */
export function redirectUriProblem(uri: string, profile: Profile): string | null {
  const url = URL.parse(uri)
  const problem = uriProblem(uri)
  if (!url || problem) return problem
  if (uri.includes('*')) return 'must be exact; wildcards are not supported'
  if (FORBIDDEN.has(url.protocol)) return `must not use the scheme ${url.protocol}`
  if (isWebUrl(uri)) return null
  if (url.protocol === 'http:') return 'must be https: (http: only on localhost, 127.0.0.1 or [::1])'
  if (profile !== 'native')
    return 'must be an https: URL (http: only on localhost); custom schemes are for the profile native'
  return url.protocol.includes('.')
    ? null
    : 'must use a scheme in reverse domain notation, such as com.example.app:/callback'
}

/** OIDC Back-Channel Logout 1.0 section 2.2. Public clients need https too, because the token names a person. */
export function logoutUriProblem(uri: string): string | null {
  return uriProblem(uri) ?? (isWebUrl(uri) ? null : 'must be an https: URL (http: only on localhost)')
}

function uriProblem(uri: string): string | null {
  const url = URL.parse(uri)
  if (!url || uri !== uri.trim() || /[\s\\\p{Cc}]/u.test(uri)) return 'is not an absolute URI'
  if (uri.includes('#')) return 'must have no fragment'
  return url.username || url.password ? 'must not contain a user name or password' : null
}

/** The host that a redirect URI leads to; null for one that leads to an application on the same device. */
export function remoteHost(redirectUri: string): string | null {
  const url = URL.parse(redirectUri)
  return url && isWebUrl(url.href) && !LOOPBACK.has(url.hostname) ? url.host : null
}

export function isWebUrl(text: string): boolean {
  const url = URL.parse(text)
  return url != null && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
}
