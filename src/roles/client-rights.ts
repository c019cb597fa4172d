import type { Client } from '../clients/client.ts'
import { GIVEN_BY_SUPERUSERS, SUPERUSER_PERMISSIONS } from '../clients/permissions.ts'
import { OPTIONAL_SCOPES } from '../clients/scopes.ts'
import type { Rights } from './rights.ts'
import { SUPERUSER } from './role.ts'

/**
 * Who controls a client can use what it may do: they choose where the tokens of people are sent, and have its secret. So no
 * one registers, changes or removes a client, or renews its secret, that may do what they may not do themselves, neither
 * before the change nor after it. Superusers alone do so with a client through which an account could be taken over.
 *
 * What else a registration says gives no rights at Gatehouse itself: its claims are not read there, its secret, keys and
 * addresses stand for the permissions that are compared here, and who may sign in to it decides nothing beyond that. Scopes
 * of other APIs are what `clients:write` is for.
 * @throws Forbidden
 */
export function requireToManage(rights: Rights, client: Client): void {
  const what = `the application ${client.id}`
  rights.requireToCover(what, client.permissions)
  for (const reason of dangers(client)) rights.requireSuperuser(`${what} ${reason}`)
}

/** Why only superusers may manage it, each as the end of a sentence. */
function dangers({ profile, firstParty, scopes, permissions, allowedRoles, deniedRoles }: Client): string[] {
  const takeover = OPTIONAL_SCOPES.filter(scope => scopes.includes(scope))
  const total = [...SUPERUSER_PERMISSIONS, ...GIVEN_BY_SUPERUSERS].filter(name => permissions.includes(name))
  return [
    // Nobody is asked, so a person who only opens a link gives it access.
    ...(firstParty ? ['is first-party'] : []),
    // Its rights would outlast those of the person who made it, who has its secret.
    ...(profile === 'machine' && permissions.length > 0 ? ['is a machine with permissions'] : []),
    // The account API adds passkeys and changes emails.
    ...takeover.map(scope => `has the scope ${scope}`),
    // Who has one of these could make anyone a superuser, also if their token has all permissions, as a machine's may,
    // or is given by superusers alone.
    ...total.map(name => `has the permission ${name}`),
    // It relies on its limit: its tokens stand for superusers, or must never.
    ...([...allowedRoles, ...deniedRoles].includes(SUPERUSER) ? [`allows or denies the role ${SUPERUSER}`] : []),
  ]
}
