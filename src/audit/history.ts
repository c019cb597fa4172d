import type { Needs } from '../base/nouns.ts'
import { deviceName, deviceOf } from '../base/text/user-agent.ts'
import type { Page } from './audit-log.ts'
import { entryOf } from './catalogue.ts'
import type { AuditEvent } from './event.ts'

/** The events of one account, newest first, as its owner may read them. */
export class History {
  readonly #app

  constructor(app: Needs<'audit'>) {
    this.#app = app
  }

  /** @throws InvalidInput if `before` is not an ID */
  async of(accountId: string, page: Page = {}): Promise<HistoryEvent[]> {
    return (await this.#app.audit.of(accountId, page)).map(described)
  }
}

/** One line of a person's history. */
export type HistoryEvent = ReturnType<typeof described>

function described(event: AuditEvent) {
  const device = deviceOf(event.userAgent)
  const [reason = null, upstream] = event.reason?.split(':') ?? []
  const about = entryOf(event.kind)?.target?.replace('?', '')
  const target = event.target ?? null
  return {
    id: event.id,
    at: event.at,
    kind: event.kind,
    success: event.success,
    /** A word for why it was refused (`wrong-password`), or how it was done (`email`, `upstream`). */
    reason,
    ...device,
    /** `Firefox on Linux`; empty if no browser was involved. */
    device: deviceName(device),
    ip: event.ip ?? null,
    /** The client_id of the client it was about. */
    client: about === 'client' ? target : null,
    /** What else it was about, such as a role. */
    target,
    /** The name of the upstream provider it was about. */
    provider: upstream ?? (about === 'provider' ? target : null),
    byOperator: isByOperator(event),
  }
}

/** Whether an operator did it, or an administrator by the API: another person, or a machine. */
function isByOperator({ actorKind, actorId, subject, kind }: AuditEvent): boolean {
  if (actorKind === 'account') return actorId !== subject
  return actorKind === 'operator' || (actorKind === 'client' && entryOf(kind)?.group === 'changes')
}
