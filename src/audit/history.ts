import type { Needs } from '../base/nouns.ts'
import { type Device, deviceName, deviceOf } from '../base/text/user-agent.ts'
import type { Page } from './audit-log.ts'
import { entryOf } from './catalogue.ts'
import type { AuditEvent } from './event.ts'

/** One line of a person's history. */
export interface HistoryEvent extends Device {
  id: string
  at: Date
  /** `sign-in.refused`, `consent.given`, … */
  kind: string
  success: boolean
  /** A word for why it was refused (`wrong-password`), or how it was done (`email`, `upstream`). */
  reason: string | null
  /** `Firefox on Linux`; empty if no browser was involved. */
  device: string
  ip: string | null
  /** The client_id of the client it was about. */
  client: string | null
  /** What else it was about, such as a role. */
  target: string | null
  /** The name of the upstream provider it was about. */
  provider: string | null
  /** Whether an operator did it. */
  byOperator: boolean
}

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

function described(event: AuditEvent): HistoryEvent {
  const device = deviceOf(event.userAgent)
  const [reason = null, through] = event.reason?.split(':') ?? []
  const about = entryOf(event.kind)?.target?.replace('?', '')
  const target = event.target ?? null
  return {
    id: event.id,
    at: event.at,
    kind: event.kind,
    success: event.success,
    reason,
    ...device,
    device: deviceName(device),
    ip: event.ip ?? null,
    client: about === 'client' ? target : null,
    target,
    provider: through ?? (about === 'provider' ? target : null),
    byOperator: event.actorKind === 'operator',
  }
}
