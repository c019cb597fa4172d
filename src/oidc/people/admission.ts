import type { Client } from 'oidc-provider'
import type { Person } from './people.ts'

/** Whether the client requires a verified email address and this person has none. */
export function lacksVerifiedEmail(client: Client | undefined, person: Person): boolean {
  return client?.verified_email_required === true && !person.emailVerified
}

/** Whether the roles of this person keep them from signing in to the client. */
export function keptOutByRole(client: Client | undefined, { roles }: Person): boolean {
  const { allowed_roles: allowed = [], denied_roles: denied = [] } = client ?? {}
  return (
    denied.some(role => roles.includes(role)) || (allowed.length > 0 && !allowed.some(role => roles.includes(role)))
  )
}

/** Whether a request asks for access to APIs, and not to know who the person is. */
export function isForApisAlone({ scope, resource }: Record<string, unknown>): boolean {
  return (
    resource !== undefined &&
    !String(scope ?? '')
      .split(' ')
      .includes('openid')
  )
}

/**
 * Whether the tokens that the client has for this person are still valid: it may have become stricter, or the person may
 * have lost a role, since it got them. At a sign-in, the prompt policy asks for what is missing.
 */
export function admits(client: Client | undefined, person: Person): boolean {
  return !lacksVerifiedEmail(client, person) && !keptOutByRole(client, person)
}
