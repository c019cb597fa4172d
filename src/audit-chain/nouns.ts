import type { AuditAdoption } from './adoption.ts'
import type { AuditChain } from './audit-chain.ts'
import type { ErasedEvents } from './erased-events.ts'
import type { AuditHeads } from './heads.ts'
import type { AuditRetention } from './retention.ts'
import type { AuditVerification } from './verification.ts'

/**
 * This folder links the events of the audit log to a chain, signs its head, verifies it, and deletes events after their time.
 * Who can write SQL, but does not have SECRET_KEYS, cannot change, remove or insert an event without being found out.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    auditChain: AuditChain
    auditAdoption: AuditAdoption
    auditHeads: AuditHeads
    auditRetention: AuditRetention
    auditVerification: AuditVerification
    erasedEvents: ErasedEvents
  }
}
