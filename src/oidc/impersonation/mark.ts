import type { KoaContextWithOIDC } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import { newSecret } from '../../base/secrets.ts'
import type { ImpersonationMark } from '../../sessions/session-metadata.ts'

declare module 'oidc-provider' {
  interface Session {
    impersonation?: ImpersonationMark
  }
  interface Grant {
    impersonation?: ImpersonationMark
  }
}

/** Begins the ids of sessions in which an administrator acts as someone else, so that a cookie alone tells them apart. */
const PREFIX = 'imp.'

/** Seconds for which such a session stays in the store when its time is over, so that its end is noticed. */
export const NOTICED_FOR = 60 * 60

/** A new id for the session of an impersonation. */
export function newSessionId(impersonationId: string): string {
  return `${PREFIX}${impersonationId}.${newSecret()}`
}

/** The impersonation whose session has this id; null for the id of any other session. */
export function impersonationIdIn(sessionId: string | undefined): string | null {
  return sessionId?.startsWith(PREFIX) ? (sessionId.split('.')[1] ?? null) : null
}

/** Who acts as the person of this request of the protocol. A grant stores it like the session that it comes from. */
export function markOf(ctx: Partial<KoaContextWithOIDC> | undefined): ImpersonationMark | undefined {
  const { entities, session } = ctx?.oidc ?? {}
  return entities?.Grant?.impersonation ?? session?.impersonation
}

/** The claim that says so (RFC 8693 section 4.1). */
export function actClaim(mark: ImpersonationMark | undefined): { act?: { sub: string } } {
  return mark ? { act: { sub: mark.by } } : {}
}

/** Nothing from the session of an impersonation outlives it. @param seconds the usual lifetime */
export function withinImpersonation(mark: ImpersonationMark | undefined, seconds: number): number {
  return mark ? Math.max(1, Math.min(seconds, mark.until - epoch(new Date()))) : seconds
}
