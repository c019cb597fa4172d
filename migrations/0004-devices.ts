import { Migration } from '@mikro-orm/migrations'

/** Creates the table of known browsers, from which people have signed in before. */
export class Devices extends Migration {
  override up(): void {
    this.addSql(`
      create table device (
        id uuid primary key,
        account_id uuid not null references account on delete cascade,
        digest text not null constraint device_digest_unique unique,
        first_seen_at timestamptz not null,
        seen_at timestamptz not null
      )`)
    this.addSql('create index device_account on device (account_id, seen_at)')
  }

  override down(): void {
    this.addSql('drop table device')
  }
}
