import { Migration } from '@mikro-orm/migrations'

/**
 * Adds what makes the audit trail provable: a MAC of each event, the chain that links them, its tip, its key and its signed
 * heads. Processes of the release before that still run leave the new columns empty. The index of events that wait for
 * the chain is built here only where that takes no time; for a large table the chain builds it later, without a lock.
 */
export class AuditChain extends Migration {
  override up(): void {
    this.addSql(`
      alter table audit_event
        add column request_id text, add column changes jsonb, add column mac bytea, add column pending boolean,
        add column anchor_seq bigint, add column anchor_link bytea`)
    this.addSql(`
      do $$ begin
        if pg_relation_size('audit_event') < 64 * 1024 * 1024
        then create index audit_event_pending on audit_event (id) where pending;
        end if;
      end $$`)
    this.addSql(`
      create table audit_key (
        single boolean primary key default true check (single),
        id text not null,
        sealed text not null,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create table audit_tip (
        single boolean primary key default true check (single),
        seq bigint not null,
        link bytea not null,
        adopted_to uuid,
        adopted bigint not null,
        mac bytea not null
      )`)
    // It has no reference to events: a link stays when its event is deleted.
    this.addSql(`
      create table audit_link (
        seq bigint primary key,
        event_id uuid not null unique,
        kind text not null,
        at timestamptz not null,
        event_mac bytea,
        proof text not null,
        link bytea not null
      )`)
    this.addSql(`create index audit_link_pruned on audit_link (seq) where kind = 'audit.pruned'`)
    this.addSql(`
      create table audit_head (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        seq bigint not null,
        link bytea not null,
        adopted bigint not null,
        began timestamptz not null,
        key_id text not null,
        signature bytea not null
      )`)
  }

  /** The events stay; what proves them is lost. */
  override down(): void {
    this.addSql('drop table audit_head, audit_link, audit_tip, audit_key')
    this.addSql('drop index if exists audit_event_pending')
    this.addSql(`
      alter table audit_event drop column request_id, drop column changes, drop column mac, drop column pending,
        drop column anchor_seq, drop column anchor_link`)
  }
}
