import { Migration } from '@mikro-orm/migrations'

/** Creates the mailbox. pg-boss creates the queue's tables in schema `letters` when it starts. */
export class Mail extends Migration {
  override up(): void {
    this.addSql(`
      create table delivered_letter (
        id uuid primary key,
        kind text not null,
        recipient text not null,
        subject text not null,
        html text not null,
        text text not null,
        delivered_at timestamptz not null
      )`)
    this.addSql('create index delivered_letter_at on delivered_letter (delivered_at)')
  }

  override down(): void {
    this.addSql('drop table delivered_letter')
    this.addSql('drop schema if exists letters cascade')
  }
}
