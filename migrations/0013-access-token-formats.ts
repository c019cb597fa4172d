import { Migration } from '@mikro-orm/migrations'

/**
 * Adds what decides the form and the life of access tokens: whether those for an API, or those of an application that are for
 * no API, are JWTs, whether a refresh revokes the one that it replaces, and whose tokens an API may introspect.
 */
export class AccessTokenFormats extends Migration {
  override up(): void {
    this.addSql(`
      alter table client
        add column access_token_format text not null default 'opaque',
        add column revoke_on_refresh boolean,
        add column introspects text[] not null default '{}'`)
    this.addSql(`alter table resource add column token_format text not null default 'jwt'`)
  }

  override down(): void {
    this.addSql(`
      alter table client drop column access_token_format, drop column revoke_on_refresh, drop column introspects`)
    this.addSql('alter table resource drop column token_format')
  }
}
