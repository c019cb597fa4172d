import { Migration } from '@mikro-orm/migrations'

/**
 * Adds the claims that a client receives in its own form. The column keeps its default, for processes of the release
 * before that still run.
 */
export class ClientClaims extends Migration {
  override up(): void {
    this.addSql(`alter table client add column claims jsonb not null default '[]'`)
  }

  /** Refuses if clients would get claims again that they leave out, or under names that they do not expect. */
  override down(): void {
    this.addSql(`
      do $$ begin
        if exists (select from client where claims <> '[]')
        then raise exception 'clients have claims in their own form, which an earlier release ignores, so it would send those left out; remove them first (clients update ID --claim none)';
        end if;
      end $$`)
    this.addSql('alter table client drop column claims')
  }
}
