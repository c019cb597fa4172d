/**
 * What the subject under test and the load generator share: one web client (code and refresh),
 * one machine client (client credentials and introspection), one resource, and many accounts.
 */
export interface Fixture {
  issuer: string
  web: { id: string; secret: string; redirectUri: string }
  machine: { id: string; secret: string }
  /** resource indicator (RFC 8707) for which JWT access tokens are issued */
  resource: string
  resourceScope: string
  /** scopes requested at sign-in, separated by spaces */
  scope: string
  accounts: readonly { email: string; password: string }[]
}

export const redirectUri = 'https://app.bench.example/callback'
export const resource = 'https://api.bench.example/'
export const resourceScope = 'things:read'
export const scope = `openid profile email roles offline_access ${resourceScope}`
export const password = 'correct horse battery staple 41'

/** Many accounts, so that the limits per account, which stay on, are never reached. */
export function accounts(count: number): Fixture['accounts'] {
  return Array.from({ length: count }, (_, index) => ({ email: `person${index}@bench.example`, password }))
}
