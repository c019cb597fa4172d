import { decodeJwt } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** What a request authenticates its client with. */
export interface Credentials {
  /** The different client IDs that the request names. */
  ids: string[]
  secret: string | null
  ways: ('Basic header' | 'Authorization header' | 'secret in the body' | 'assertion')[]
}

export function credentialsOf({ headers, oidc }: KoaContextWithOIDC): Credentials {
  const { client_id: id, client_secret: secret, client_assertion: assertion } = oidc.params ?? {}
  const { authorization } = headers
  const basic = authorization === undefined ? null : readBasic(authorization)
  const ways: Credentials['ways'] = []
  if (authorization !== undefined) ways.push(basic ? 'Basic header' : 'Authorization header')
  if (secret) ways.push('secret in the body')
  if (assertion !== undefined) ways.push('assertion')
  const ids = [basic?.id, id, typeof assertion === 'string' ? subjectOf(assertion) : null]
  return {
    ids: [...new Set(ids.filter(each => typeof each === 'string'))],
    secret: basic?.secret ?? (typeof secret === 'string' ? secret : null),
    ways,
  }
}

/** RFC 6749 section 2.3.1: both parts are form-encoded. */
function readBasic(header: string): { id: string; secret: string } | null {
  const decoded = Buffer.from(/^basic ([\w+/-]+={0,2})$/i.exec(header)?.[1] ?? '', 'base64').toString()
  const colon = decoded.indexOf(':')
  return colon < 0 ? null : { id: formDecoded(decoded.slice(0, colon)), secret: formDecoded(decoded.slice(colon + 1)) }
}

function formDecoded(text: string): string {
  return new URLSearchParams(`text=${text.replaceAll('&', '%26')}`).get('text') ?? ''
}

function subjectOf(assertion: string): string | null {
  try {
    return decodeJwt(assertion).sub ?? null
  } catch {
    return null
  }
}
