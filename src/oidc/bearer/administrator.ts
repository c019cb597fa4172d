import type { AccessToken, Client, ClientCredentials } from 'oidc-provider'
import type { App } from '../../app.ts'
import { epoch } from '../../base/clock.ts'
import { Forbidden } from '../../base/refusals.ts'
import { ownApiId } from '../../clients/own-api.ts'
import { isPermission, type Permission } from '../../clients/permissions.ts'
import { Rights } from '../../roles/rights.ts'
import { webOrigins } from '../clients/redirect-uri.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { personBehind } from './person-behind.ts'
import { type PresentedToken, readToken } from './presented-token.ts'
import { insufficientScope, invalidToken } from './token-refused.ts'

/** Who calls Gatehouse's own API: a person through an application, or a machine in its own name. */
export interface Administrator {
  kind: 'account' | 'client'
  /** The ID of the account, or the `client_id` of the machine. */
  id: string
  /** The application that the token was issued to. */
  clientId: string
  /** What the token carries, as far as the person's roles and the client's registration still allow it. */
  rights: Rights
  /** The web origins of the application. */
  origins: string[]
  /** When the person signed in, in epoch seconds; null for a machine. */
  signedInAt: number | null
}

type Parts = { app: App; current: CurrentProvider }

/**
 * Reads an access token for Gatehouse's own API.
 * @throws TokenRefused also if it does not carry the permission
 */
export async function readAdministrator(
  parts: Parts,
  presented: PresentedToken,
  permission: Permission,
): Promise<Administrator> {
  const token = await readToken(parts, presented, { audience: ownApiId(parts.app.config), scope: permission })
  const found = await (token.kind === 'AccessToken' ? ofPerson(token, parts) : ofMachine(token, parts))
  if (!found.rights.has(permission)) throw insufficientScope(permission)
  return found
}

async function ofPerson(token: AccessToken, parts: Parts): Promise<Administrator> {
  const { app } = parts
  const { person, client, grant, signedInAt, impersonated } = await personBehind(token, parts)
  // Who acts as a person uses their own rights here.
  if (impersonated)
    throw new Forbidden('this token is from a session in which an administrator acts as someone else', 'impersonated')
  const granted = grant.getResourceScope(ownApiId(app.config)).split(' ')
  const held = await app.roles.rightsOf(person.roles)
  return {
    ...{ kind: 'account', id: person.id, clientId: client.clientId, signedInAt: signedInAt ?? token.iat ?? null },
    rights: held
      .limitedTo(client.permissions ?? [])
      .limitedTo(granted)
      .limitedTo(token.scopes),
    origins: webOrigins(client),
  }
}

async function ofMachine(token: ClientCredentials, { app, current: { provider } }: Parts): Promise<Administrator> {
  const [client, registered] = await Promise.all([
    provider.Client.find(token.clientId ?? ''),
    app.clients.findCached(token.clientId ?? ''),
  ])
  // A client that is registered again under the same ID inherits no token.
  if (!client || !registered || (token.iat ?? 0) < epoch(registered.createdAt)) throw invalidToken()
  return {
    ...{ kind: 'client', id: client.clientId, clientId: client.clientId, signedInAt: null, origins: [] },
    rights: new Rights(permissionsOf(client), false).limitedTo(token.scopes),
  }
}

function permissionsOf({ permissions = [] }: Client): Permission[] {
  return permissions.filter(isPermission)
}
