import { Migration } from '@mikro-orm/migrations'

/**
 * Creates the table of sessions and grants that were ended before they expired, so that an old state of Redis doesn't
 * bring one back.
 */
export class Ended extends Migration {
  override up(): void {
    this.addSql(`
      create table ended (
        account_id uuid not null references account on delete cascade,
        id text not null,
        expires_at timestamptz not null,
        primary key (account_id, id)
      )`)
    this.addSql('create index ended_expires_at on ended (expires_at)')
    this.addSql(`
      create trigger ended_announce after insert on ended
      for each row execute function gatehouse_announce('account', 'account_id')`)
  }

  override down(): void {
    this.addSql('drop table ended')
  }
}
