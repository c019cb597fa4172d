import { Migration } from '@mikro-orm/migrations'

/** Records that a Redis was used: if Redis is empty later, it has lost its data. */
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
