import { Migration } from '@mikro-orm/migrations'

/**
 * Adds second factors: authenticator apps, recovery codes, trusted browsers, and their reset by someone who only has
 * their email left.
 */
export class Factors extends Migration {
  override up(): void {
    this.addSql(`
      create table totp (
        account_id uuid primary key references account on delete cascade,
        sealed text not null,
        last_step int not null,
        added_at timestamptz not null,
        last_used_at timestamptz
      )`)
    this.addSql(`
      create table recovery_code (
        digest text primary key,
        account_id uuid not null references account on delete cascade,
        made_at timestamptz not null,
        used_at timestamptz
      )`)
    this.addSql('create index recovery_code_account on recovery_code (account_id)')
    this.addSql(`
      alter table device
        add column trusted_at timestamptz,
        add column trusted_until timestamptz,
        add column user_agent text`)
    this.addSql(`
      create table factor_reset (
        account_id uuid primary key references account on delete cascade,
        asked_at timestamptz not null,
        due_at timestamptz not null
      )`)
    this.addSql('create index factor_reset_due_at on factor_reset (due_at)')
  }

  override down(): void {
    this.addSql('drop table factor_reset')
    this.addSql('alter table device drop column trusted_at, drop column trusted_until, drop column user_agent')
    this.addSql('drop table recovery_code')
    this.addSql('drop table totp')
  }
}
