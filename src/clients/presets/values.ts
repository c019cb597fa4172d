import type { Address } from './address.ts'
import { type Language, literal } from './literals.ts'

/** The endpoints below the issuer, for programs that do not read the discovery document. */
const ENDPOINTS = {
  discovery: '/.well-known/openid-configuration',
  authorizationEndpoint: '/auth',
  tokenEndpoint: '/token',
  userinfoEndpoint: '/me',
  endSessionEndpoint: '/session/end',
  jwksUri: '/jwks',
} as const

/** Values that need no escaping in any language: what may be part of them is checked where they come from. */
export interface PlainValues extends Address, Record<keyof typeof ENDPOINTS, string> {
  issuer: string
  /** The host name of the issuer and, if it is not the usual one, the port. */
  issuerHost: string
  clientId: string
  /** Empty for public clients. */
  secret: string
}

interface Values extends PlainValues {
  /** The first one that is registered. */
  redirectUri: string
  /** The first one that is registered; empty without one. */
  postLogoutRedirectUri: string
  /** Separated by spaces. */
  scopes: string
  /** Where the program sends the browser to sign out of Gatehouse and come back, if it cannot send an ID token. */
  signOutUri: string
}

/** The same values as literals of a language. */
export interface Literals extends Values {
  /** All scopes as literals, separated by commas. */
  scopeList: string
  /** The same without `openid`, for libraries that add it themselves. */
  furtherScopeList: string
}

export interface Registered {
  issuer: string
  address: Address
  client: { id: string; redirectUris: string[]; postLogoutRedirectUris: string[]; scopes: string[] }
  secret: string | null
}

export function plainValues({ issuer, address, client, secret }: Registered): PlainValues {
  const endpoints = Object.entries(ENDPOINTS).map(([name, path]) => [name, issuer + path])
  const { host: issuerHost } = new URL(issuer)
  return {
    ...address,
    ...(Object.fromEntries(endpoints) as Record<keyof typeof ENDPOINTS, string>),
    ...{ issuer, issuerHost, clientId: client.id, secret: secret ?? '' },
  }
}

export function literals(registered: Registered, language: Language): Literals {
  const { redirectUris, postLogoutRedirectUris } = registered.client
  const plain = plainValues(registered)
  const [postLogoutRedirectUri = ''] = postLogoutRedirectUris
  const returning = postLogoutRedirectUri
    ? `&post_logout_redirect_uri=${encodeURIComponent(postLogoutRedirectUri)}`
    : ''
  const further = registered.client.scopes.filter(scope => scope !== 'openid')
  const scopes = ['openid', ...further]
  const values: Values = {
    ...plain,
    redirectUri: redirectUris[0] ?? '',
    postLogoutRedirectUri,
    scopes: scopes.join(' '),
    signOutUri: `${plain.endSessionEndpoint}?client_id=${plain.clientId}${returning}`,
  }
  const written = Object.entries(values).map(([name, value]) => [name, literal(language, value)])
  return {
    ...(Object.fromEntries(written) as Values),
    scopeList: listed(language, scopes),
    furtherScopeList: listed(language, further),
  }
}

function listed(language: Language, texts: readonly string[]): string {
  return texts.map(text => literal(language, text)).join(', ')
}
