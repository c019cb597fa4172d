import { deviceName, deviceOf } from '../base/text/user-agent.ts'
import type { AuditEvent } from './event.ts'

export type ListedEvent = ReturnType<typeof listed>

/** An event as operators see it: in `gatehouse audit list --json`, and as the `data` of a webhook. */
export function listed(event: AuditEvent) {
  return { id: event.id, ...event.summary(), device: deviceName(deviceOf(event.userAgent)) }
}
