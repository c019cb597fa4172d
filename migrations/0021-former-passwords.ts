import { Migration } from '@mikro-orm/migrations'

/**
 * Creates the table of an account's recent passwords, which prove who may undo a change of its email address. Emailed
 * codes for the same purpose are independent of each other, so that no one can invalidate another person's code by
 * requesting one.
 */
export class FormerPasswords extends Migration {
  override up(): void {
    this.addSql(`
      create table former_password (
        id uuid primary key,
        account_id uuid not null references account on delete cascade,
        digest text not null,
        set_at timestamptz not null,
        replaced_at timestamptz not null
      )`)
    this.addSql('create index former_password_account on former_password (account_id)')
    this.addSql('create index former_password_replaced_at on former_password (replaced_at)')
    this.addSql('drop index one_time_link_newest')
    this.addSql(`
      create unique index one_time_link_newest on one_time_link (account_id, purpose)
      where used_at is null and purpose not in ('undo-address', 'undo-address-code', 'panic')`)
  }

  override down(): void {
    this.addSql('drop table former_password')
    this.addSql("delete from one_time_link where purpose = 'undo-address-code'")
    this.addSql('drop index one_time_link_newest')
    this.addSql(`
      create unique index one_time_link_newest on one_time_link (account_id, purpose)
      where used_at is null and purpose not in ('undo-address', 'panic')`)
  }
}
