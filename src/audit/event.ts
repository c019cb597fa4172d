import { defineEntity, p } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { type Actor, actorName } from '../base/actor.ts'
import type { Changes } from './difference.ts'

const AuditEventSchema = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_event',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    success: p.boolean(),
    reason: p.text().nullable(),
    actorKind: p.text().$type<Actor['kind']>(),
    actorId: p.text().nullable(),
    /** The account it happened to. Not a foreign key: events stay on record when the account is erased. */
    subject: p.uuid().nullable(),
    /** What else it was about: a client's ID, a role's name, a key's ID. */
    target: p.text().nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    at: p.datetime(),
    /** The HTTP request, as in the log. */
    requestId: p.text().nullable(),
    /** What an update changed. */
    changes: p.json().$type<Changes>().nullable(),
    /** The last link of the chain that the writing process had seen: its number, and the link. */
    anchorSeq: p.bigint('number').nullable().lazy(),
    anchorLink: p.blob().nullable().lazy(),
    /** Proves the other properties (event-mac.ts); null for events of releases before it existed. */
    mac: p.blob().nullable().lazy(),
    /** Until the chain has a link for it. */
    pending: p.boolean().nullable().lazy(),
  },
})

/** An event: what happened and who did it. It never changes and never contains a secret. */
export class AuditEvent extends AuditEventSchema.class {
  summary() {
    return {
      at: this.at,
      kind: this.kind,
      success: this.success,
      reason: this.reason ?? null,
      actor: actorName({ kind: this.actorKind, id: this.actorId ?? null }),
      subject: this.subject ?? null,
      target: this.target ?? null,
      ip: this.ip ?? null,
      userAgent: this.userAgent ?? null,
      requestId: this.requestId ?? null,
      changes: this.changes ?? null,
    }
  }
}

AuditEventSchema.setClass(AuditEvent)

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
