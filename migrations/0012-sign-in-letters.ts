import { Migration } from '@mikro-orm/migrations'

/** Adds codes to one-time links, for people who read the email on another device than the one on which they started. */
export class SignInLetters extends Migration {
  override up(): void {
    this.addSql('alter table one_time_link add column code text, add column tries integer not null default 0')
  }

  override down(): void {
    this.addSql('alter table one_time_link drop column code, drop column tries')
  }
}
