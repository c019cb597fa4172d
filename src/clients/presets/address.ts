import { InvalidInput } from '../../base/refusals.ts'
import { isWebUrl } from '../uris.ts'

/** Where a program is reached. Its parts need no escaping in any configuration file. */
export interface Address {
  /** Without a slash at the end. */
  url: string
  /** The same without the path. */
  origin: string
  /** The host name and, if it is not the usual one, the port. */
  host: string
  /** The path, without a slash at the end; `/` if there is none. */
  path: string
}

/** @throws InvalidInput */
export function addressOf(text: string): Address {
  const problem = problemOf(text)
  if (problem !== null) throw new InvalidInput({ url: `${JSON.stringify(text)} ${problem}` })
  const { origin, host, pathname } = new URL(text)
  const path = pathname.replace(/\/+$/, '')
  return { url: origin + path, origin, host, path: path || '/' }
}

function problemOf(text: string): string | null {
  const url = URL.parse(text)
  if (!url || /[\s\\\p{Cc}]/u.test(text)) return 'is not an absolute URL, such as https://app.example.com'
  if (!isWebUrl(text)) return 'must be an https: URL (http: only on localhost)'
  if (text.includes('@')) return 'must not contain a user name or password'
  if (/[?#]/.test(text)) return 'must have no query and no fragment'
  if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(url.hostname)) return 'has an invalid host name'
  if (!/^(\/[\w.~-]+)*\/?$/.test(url.pathname))
    return 'has a path with other characters than A-Z, a-z, 0-9, ".", "_", "~" and "-"'
  return null
}
