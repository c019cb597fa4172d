import type { Profile } from './client.ts'

/** Which addresses an application can be registered with, and what is wrong with the others. */

/** How a URL names the machine that it is read on. */
export const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Schemes that a browser would run or read instead of opening an application. */
const FORBIDDEN = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'ftp:', 'ws:', 'wss:'])

/** RFC 9700 section 2.1 and RFC 8252 section 7: exact URIs, https, but for an application on the same device. */
export function redirectUriProblem(uri: string, profile: Profile): string | null {
  const url = URL.parse(uri)
  const problem = uriProblem(uri)
  if (!url || problem) return problem
  if (uri.includes('*')) return 'must be exact: wildcards are not possible'
  if (FORBIDDEN.has(url.protocol)) return `must not use the scheme ${url.protocol}`
  if (isWebUrl(uri)) return null
  if (url.protocol === 'http:') return 'must be https: (http: only on localhost, 127.0.0.1 or [::1])'
  if (profile !== 'native')
    return 'must be an https: URL (http: only on localhost); custom schemes are for the profile native'
  return url.protocol.includes('.')
    ? null
    : 'must use a scheme in reverse domain notation, such as com.example.app:/callback'
}

/** OIDC Back-Channel Logout 1.0 section 2.2; https also for a public client, since the token names a person. */
export function logoutUriProblem(uri: string): string | null {
  return uriProblem(uri) ?? (isWebUrl(uri) ? null : 'must be an https: URL (http: only on localhost)')
}

function uriProblem(uri: string): string | null {
  const url = URL.parse(uri)
  if (!url || uri !== uri.trim() || /[\s\\\p{Cc}]/u.test(uri)) return 'is not an absolute URI'
  if (uri.includes('#')) return 'must have no fragment'
  return url.username || url.password ? 'must hold no credentials' : null
}

export function isWebUrl(text: string): boolean {
  const url = URL.parse(text)
  return url != null && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
}
