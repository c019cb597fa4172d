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
  return (
    new Set(wanted.scopes).isSubsetOf(new Set(held.scopes)) &&
    new Set(wanted.claims).isSubsetOf(new Set(held.claims)) &&
    Object.entries(wanted.resources).every(([id, scopes]) =>
      new Set(scopes).isSubsetOf(new Set(held.resources[id] ?? [])),
    )
  )
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
