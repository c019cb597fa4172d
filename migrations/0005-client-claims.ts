import { Migration } from '@mikro-orm/migrations'

/**
 * Adds the claims that a client receives in its own form. The column keeps its default, for processes of the release
 * before that still run.
 */
export class ClientClaims extends Migration {
  override up(): void {
    this.addSql(`alter table client add column claims jsonb not null default '[]'`)
  }

  override down(): void {
    this.addSql('alter table client drop column claims')
  }
}
