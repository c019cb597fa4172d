import type { AuditKey } from './audit-key.ts'
import type { AuditLog } from './audit-log.ts'
import type { History } from './history.ts'

/**
 * This folder owns the audit log and each person's history, which is read from it. The other folders record the events.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    audit: AuditLog
    auditKey: AuditKey
    history: History
  }
}
