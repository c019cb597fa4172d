import { InitialSchema } from './0001-initial-schema.ts'
import { ClientFlows } from './0002-client-flows.ts'
import { SelfRegistration } from './0003-self-registration.ts'
import { RolesAndAccess } from './0004-roles-and-access.ts'
import { ClientClaims } from './0005-client-claims.ts'
import { AccountSearch } from './0006-account-search.ts'
import { Permissions } from './0007-permissions.ts'
import { ClientSecrets } from './0008-client-secrets.ts'
import { Webhooks } from './0009-webhooks.ts'
import { AuditChain } from './0010-audit-chain.ts'
import { Impersonations } from './0011-impersonations.ts'
import { TokenRevocations } from './0012-token-revocations.ts'
import { AccessTokenFormats } from './0013-access-token-formats.ts'

/** All migrations in order. A released migration never changes; a later one corrects it. */
export const migrations = [
  { name: '0001-initial-schema', class: InitialSchema },
  { name: '0002-client-flows', class: ClientFlows },
  { name: '0003-self-registration', class: SelfRegistration },
  { name: '0004-roles-and-access', class: RolesAndAccess },
  { name: '0005-client-claims', class: ClientClaims },
  { name: '0006-account-search', class: AccountSearch },
  { name: '0007-permissions', class: Permissions },
  { name: '0008-client-secrets', class: ClientSecrets },
  { name: '0009-webhooks', class: Webhooks },
  { name: '0010-audit-chain', class: AuditChain },
  { name: '0011-impersonations', class: Impersonations },
  { name: '0012-token-revocations', class: TokenRevocations },
  { name: '0013-access-token-formats', class: AccessTokenFormats },
]
