import type { Client, Configuration } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { admits } from './admission.ts'
import { issuedAt, validPerson } from './find-account.ts'
import type { People } from './people.ts'

type Policy = NonNullable<NonNullable<NonNullable<Configuration['features']>['introspection']>['allowedPolicy']>

/**
 * A client may introspect its own tokens, and an API that is registered as a client those that are for it. One about a person is active only if refresh and userinfo would accept it.
 */
export function mayIntrospect(people: People, app: Needs<'verification'>): Policy {
  return async (ctx, client, token) => {
    if (token.clientId !== client.clientId && !isFor(token, client)) return false
    const accountId = 'accountId' in token ? token.accountId : undefined
    if (accountId === undefined) return true
    const person = await validPerson(people, app, accountId, issuedAt(token))
    const owner =
      token.clientId === client.clientId ? client : await ctx.oidc.provider.Client.find(token.clientId ?? '')
    return person !== null && owner !== undefined && admits(owner, person)
  }
}

/** Whether the token is an access token for an API that the client stands for. */
function isFor(token: object, { introspects = [] }: Client): boolean {
  return 'aud' in token && typeof token.aud === 'string' && introspects.includes(token.aud)
}
