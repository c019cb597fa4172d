import { Migration } from '@mikro-orm/migrations'

/** That a Redis was used: one that is empty later has lost what it remembered. */
export class RedisBegun extends Migration {
  override up(): void {
    this.addSql(`
      create table redis_begun (
        one boolean primary key default true constraint redis_begun_one check (one),
        begun_at timestamptz not null
      )`)
  }

  override down(): void {
    this.addSql('drop table redis_begun')
  }
}
