import { AuditAdoption } from './adoption.ts'
import { AuditChain } from './audit-chain.ts'
import { ErasedEvents } from './erased-events.ts'
import { AuditHeads } from './heads.ts'
import { AuditRetention } from './retention.ts'
import { AuditVerification } from './verification.ts'

/** The nouns of this folder, for `src/wired.ts`. */
export const chainNouns = { auditChain: AuditChain, auditVerification: AuditVerification, erasedEvents: ErasedEvents }

/** Those that need the first ones. */
export const nounsOnChain = { auditAdoption: AuditAdoption, auditHeads: AuditHeads, auditRetention: AuditRetention }
