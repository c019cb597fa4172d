import { Migration } from '@mikro-orm/migrations'

/**
 * Answers to codes and refresh tokens that may not have reached their clients, and by which attempt a code or token was
 * consumed: such an answer is given to a retry only where its own attempt was the one.
 */
export class UnconfirmedAnswers extends Migration {
  override up(): void {
    this.addSql(`
      create table unconfirmed_answer (
        id text not null,
        attempt text not null,
        sealed text,
        taken_by text,
        expires_at timestamptz not null,
        primary key (id, attempt)
      )`)
    this.addSql('create index unconfirmed_answer_expires_at on unconfirmed_answer (expires_at)')
    this.addSql('alter table artifact add column consumed_by text')
  }

  override down(): void {
    this.addSql('alter table artifact drop column consumed_by')
    this.addSql('drop table unconfirmed_answer')
  }
}
