import { Migration } from '@mikro-orm/migrations'

/**
 * Creates the table of token responses that may not have reached their clients, and records which attempt consumed a
 * code or token: a retry gets such a response only if it belongs to the attempt that did.
 */
export class UnconfirmedResponses extends Migration {
  override up(): void {
    this.addSql(`
      create table unconfirmed_response (
        id text not null,
        attempt text not null,
        sealed text,
        taken_by text,
        expires_at timestamptz not null,
        primary key (id, attempt)
      )`)
    this.addSql('create index unconfirmed_response_expires_at on unconfirmed_response (expires_at)')
    this.addSql('alter table artifact add column consumed_by text')
  }

  override down(): void {
    this.addSql('alter table artifact drop column consumed_by')
    this.addSql('drop table unconfirmed_response')
  }
}
