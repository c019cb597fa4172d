import { Migration } from '@mikro-orm/migrations'

/**
 * Adds the impersonations: who may act as whom, why, and until when. The administrator is not a reference, so that the
 * person can still read of it after the administrator's account has been erased.
 */
export class Impersonations extends Migration {
  override up(): void {
    this.addSql(`
      create table impersonation (
        id uuid primary key,
        account_id uuid not null references account (id) on delete cascade,
        administrator_id uuid not null,
        reason text not null,
        minutes integer not null,
        digest text not null constraint impersonation_digest_unique unique,
        opened_at timestamptz not null,
        link_expires_at timestamptz not null,
        started_at timestamptz,
        ends_at timestamptz,
        ended_at timestamptz,
        session_uid text,
        administrator_session_uid text
      )`)
    this.addSql('create index impersonation_account on impersonation (account_id)')
    this.addSql(`
      create index impersonation_current on impersonation (ends_at) where started_at is not null and ended_at is null`)
    this.addSql('create index impersonation_unused on impersonation (link_expires_at) where started_at is null')
  }

  override down(): void {
    this.addSql('drop table impersonation')
  }
}
