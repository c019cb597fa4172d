import type { Configuration } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { admits } from './admission.ts'
import { issuedAt, validPerson } from './find-account.ts'
import type { People } from './people.ts'

type Policy = NonNullable<NonNullable<NonNullable<Configuration['features']>['introspection']>['allowedPolicy']>

/** A client may introspect its own tokens. One about a person is active only if refresh and userinfo would accept it. */
export function mayIntrospect(people: People, app: Needs<'verification'>): Policy {
  return async (_ctx, client, token) => {
    if (token.clientId !== client.clientId) return false
    const accountId = 'accountId' in token ? token.accountId : undefined
    if (accountId === undefined) return true
    const person = await validPerson(people, app, accountId, issuedAt(token))
    return person !== null && admits(client, person)
  }
}
