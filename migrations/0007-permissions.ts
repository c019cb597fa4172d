import { Migration } from '@mikro-orm/migrations'

/**
 * Adds what roles permit at Gatehouse's own API, and what clients may request there. New columns keep their defaults, for
 * processes of the release before that still run.
 */
export class Permissions extends Migration {
  override up(): void {
    this.addSql(`alter table role add column permissions text[] not null default '{}'`)
    this.addSql(`alter table client add column permissions text[] not null default '{}'`)
  }

  override down(): void {
    this.addSql('alter table client drop column permissions')
    this.addSql('alter table role drop column permissions')
  }
}
