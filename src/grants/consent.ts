import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { Client } from '../clients/client.ts'

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
    resources: p.json().$type<Record<string, string[]>>(),
    givenAt: p.datetime(),
  },
})

/** What a person allowed an application, kept beyond the session and its tokens: nobody is asked twice. */
export class Consent extends ConsentSchema.class {
  covers({ scopes, claims, resources }: RequestedAccess): boolean {
    return (
      scopes.every(scope => this.scopes.includes(scope)) &&
      claims.every(claim => this.claims.includes(claim)) &&
      Object.entries(resources).every(([id, wanted]) => wanted.every(scope => this.resources[id]?.includes(scope)))
    )
  }

  add({ scopes, claims, resources }: RequestedAccess, at: Date): void {
    this.scopes = [...new Set([...this.scopes, ...scopes])]
    this.claims = [...new Set([...this.claims, ...claims])]
    this.resources = { ...this.resources }
    for (const [id, wanted] of Object.entries(resources)) {
      this.resources[id] = [...new Set([...(this.resources[id] ?? []), ...wanted])]
    }
    this.givenAt = at
  }
}

ConsentSchema.setClass(Consent)

/** What an application asks for: scopes about the person, single claims, and scopes by resource indicator. */
export interface RequestedAccess {
  scopes: string[]
  claims: string[]
  resources: Record<string, string[]>
}
