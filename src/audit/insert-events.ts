import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { AuditEvent } from './event.ts'

const INSERT = `
  insert into audit_event (id, kind, success, reason, actor_kind, actor_id, subject, ip, user_agent, at, request_id,
    anchor_seq, anchor_link, mac, pending)
  select n.id, n.kind, n.success, n.reason, n."actorKind", n."actorId", n.subject, n.ip, n."userAgent", n.at, n."requestId",
    n."anchorSeq", decode(n."anchorLink", 'hex'), decode(n.mac, 'hex'), n.pending
  from jsonb_to_recordset(?::jsonb) as n(id uuid, kind text, success boolean, reason text, "actorKind" text, "actorId" text,
    subject uuid, ip text, "userAgent" text, at timestamptz, "requestId" text, "anchorSeq" bigint, "anchorLink" text, mac text,
    pending boolean)`

/** Writes events that have neither target nor changes with one statement, however many there are, also none. */
export async function insertEvents(em: SqlEntityManager, events: readonly AuditEvent[]): Promise<void> {
  const rows = events.map(({ anchorLink, mac, ...event }) => ({
    ...event,
    anchorLink: anchorLink?.toString('hex') ?? null,
    mac: mac?.toString('hex') ?? null,
  }))
  await em.execute(INSERT, [JSON.stringify(rows)])
}
