import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { Client } from '../clients/client.ts'

/** What an application asks for, or has been allowed: scopes about the person, single claims, and scopes of APIs. */
export interface Access {
  scopes: string[]
  claims: string[]
  /** Scopes by resource indicator. */
  resources: Record<string, string[]>
}

export const NO_ACCESS: Access = { scopes: [], claims: [], resources: {} }

const ConsentSchema = defineEntity({
  name: 'Consent',
  tableName: 'consent',
  primaryKeys: ['account', 'client'],
  properties: {
    account: () => p.manyToOne(Account).primary(),
    client: () => p.manyToOne(Client).primary(),
    scopes: p.array(),
    claims: p.array(),
    /** Scopes by resource indicator. */
    resources: p.json().$type<Access['resources']>(),
    /** Of a client that registered itself, the hosts that people agreed to be sent to. */
    redirectHosts: p.array(),
    givenAt: p.datetime(),
  },
})

/** What a person has allowed an application. It outlives the session and its tokens, so that no one is asked twice. */
export class Consent extends ConsentSchema.class {}

ConsentSchema.setClass(Consent)

/** Whether everything wanted is held. */
export function covers(held: Access, wanted: Access): boolean {
  const { scopes, claims, resources } = lacking(held, wanted)
  return scopes.length === 0 && claims.length === 0 && Object.keys(resources).length === 0
}

/** What is wanted and not held, at each API by itself: two of them can have scopes of the same name. */
export function lacking(held: Access, wanted: Access): Access {
  const resources = Object.entries(wanted.resources).map(
    ([id, scopes]) => [id, without(held.resources[id] ?? [], scopes)] as const,
  )
  return {
    scopes: without(held.scopes, wanted.scopes),
    claims: without(held.claims, wanted.claims),
    resources: Object.fromEntries(resources.filter(([, scopes]) => scopes.length > 0)),
  }
}

function without(held: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter(name => !held.includes(name))
}

export function union(one: Access, other: Access): Access {
  const resources = { ...one.resources }
  for (const [id, scopes] of Object.entries(other.resources))
    resources[id] = [...new Set([...(resources[id] ?? []), ...scopes])]
  return {
    scopes: [...new Set([...one.scopes, ...other.scopes])],
    claims: [...new Set([...one.claims, ...other.claims])],
    resources,
  }
}
