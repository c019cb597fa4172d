import { Migration } from '@mikro-orm/migrations'

/**
 * Where clients are told that a session has ended. The queue, now not of letters alone, has a schema `queue`, made by
 * pg-boss when it starts; what it had in `letters` was never in a release.
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
