import { Migration } from '@mikro-orm/migrations'

/**
 * Adds back-channel logout to clients. The queue is no longer only for emails: pg-boss creates its tables in schema
 * `queue` when it starts. The tables in `letters` were never in a release.
 */
export class BackChannel extends Migration {
  override up(): void {
    this.addSql(`
      alter table client
        add column backchannel_logout_uri text,
        add column backchannel_logout_session_required boolean not null default false`)
    this.addSql('drop schema if exists letters cascade')
  }

  override down(): void {
    this.addSql('drop schema if exists queue cascade')
    this.addSql(`
      alter table client
        drop column backchannel_logout_uri, drop column backchannel_logout_session_required`)
  }
}
