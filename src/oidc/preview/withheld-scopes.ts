import { literal } from '../../clients/presets/literals.ts'
import type { Access } from '../../grants/consent.ts'
import type { Person } from '../people/people.ts'

/** Scopes of an API that the person does not get, although the application may request them. */
export interface WithheldScopes {
  resource: string
  scopes: string[]
  reason: string
  /** The command that would allow them; the operator chooses the role. */
  fix: string
}

export function withheldScopes(resources: Access['resources'], { roles }: Person): WithheldScopes[] {
  const reason =
    roles.length > 0
      ? `none of the roles ${roles.join(', ')} allows them at this API`
      : 'the account has no role that could allow them at this API'
  return Object.entries(resources).map(([resource, scopes]) => ({
    ...{ resource, scopes, reason },
    fix: `gatehouse roles allow <role> ${[resource, ...scopes].map(word => literal('sh', word)).join(' ')}`,
  }))
}
