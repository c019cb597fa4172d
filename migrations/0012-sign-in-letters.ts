import { Migration } from '@mikro-orm/migrations'

/** A letter may carry a code beside its link: for whoever reads it on another device than the one where they began. */
export class SignInLetters extends Migration {
  override up(): void {
    this.addSql('alter table one_time_link add column code text, add column tries integer not null default 0')
  }

  override down(): void {
    this.addSql('alter table one_time_link drop column code, drop column tries')
  }
}
