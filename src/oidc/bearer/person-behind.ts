import type { AccessToken, Client, Grant } from 'oidc-provider'
import type { App } from '../../app.ts'
import { admits } from '../people/admission.ts'
import { validPerson } from '../people/find-account.ts'
import type { Person } from '../people/people.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { invalidToken } from './token-refused.ts'

interface Behind {
  person: Person
  client: Client
  grant: Grant
  /** Epoch seconds; null if the token does not say. */
  signedInAt: number | null
  /** Whether an administrator acts as the person. */
  impersonated: boolean
}

/** The person, application and grant of a token, as long as all of them are valid. @throws TokenRefused */
export async function personBehind(
  token: AccessToken,
  { app, current: { provider, people } }: { app: App; current: CurrentProvider },
): Promise<Behind> {
  const signedInAt = typeof token.extra?.auth_time === 'number' ? token.extra.auth_time : null
  const [client, grant, person] = await Promise.all([
    provider.Client.find(token.clientId ?? ''),
    provider.Grant.find(token.grantId),
    validPerson(people, app, token.accountId, signedInAt ?? token.iat),
  ])
  if (!client || !person || !admits(client, person)) throw invalidToken()
  if (grant?.accountId !== person.id || grant.clientId !== client.clientId) throw invalidToken()
  return { person, client, grant, signedInAt, impersonated: grant.impersonation !== undefined }
}
