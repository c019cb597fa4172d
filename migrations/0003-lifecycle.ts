import { Migration } from '@mikro-orm/migrations'

/**
 * Adds profiles, registrations that wait for email verification, deletion after a grace period, and links bound to an
 * address.
 */
export class Lifecycle extends Migration {
  override up(): void {
    this.addSql(`
      alter table account
        add column profile jsonb not null default '{}',
        add column profile_updated_at timestamptz,
        add column pending_since timestamptz,
        add column deletion_due timestamptz`)
    this.addSql('create index account_pending_since on account (pending_since) where pending_since is not null')
    this.addSql('create index account_deletion_due on account (deletion_due) where deletion_due is not null')
    this.addSql(`
      alter table one_time_link
        add column address text,
        add column proves_address boolean not null default false,
        add column browser text`)
    this.addSql(`
      update one_time_link link set address = account.email
      from account where account.id = link.account_id`)
    this.addSql('create index one_time_link_address on one_time_link (address) where used_at is null')
    this.addSql('create index audit_event_actor on audit_event (actor_id) where actor_id is not null')
  }

  override down(): void {
    this.addSql('drop index audit_event_actor')
    this.addSql('drop index one_time_link_address')
    this.addSql(`
      alter table one_time_link
        drop column address, drop column proves_address, drop column browser`)
    this.addSql(`
      alter table account
        drop column profile, drop column profile_updated_at, drop column pending_since, drop column deletion_due`)
  }
}
