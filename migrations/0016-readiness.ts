import { Migration } from '@mikro-orm/migrations'

/** Creates the row that readiness checks write: a database that is read-only is not ready. */
export class Readiness extends Migration {
  override up(): void {
    this.addSql(`
      create table readiness (
        one boolean primary key default true constraint readiness_one check (one),
        written_at timestamptz not null
      )`)
  }

  override down(): void {
    this.addSql('drop table readiness')
  }
}
