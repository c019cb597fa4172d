import { Migration } from '@mikro-orm/migrations'

/**
 * Indexes the text in which operators search for accounts. The index needs the extension pg_trgm, which comes with PostgreSQL
 * and which the owner of a database may add. Where it is missing, as in PGlite, or in a schema that is not searched, an account
 * is searched for in the whole table; docs/operate.md says how to add the index later.
 */
export class AccountSearch extends Migration {
  override up(): void {
    this.addSql(`
      do $$ begin
        create extension if not exists pg_trgm;
        create index account_search on account using gin (
          lower(E'\\n' || email || E'\\n' || coalesce(username, '') || E'\\n' || coalesce(name, '')) gin_trgm_ops
        );
      exception
        when insufficient_privilege or feature_not_supported or undefined_file or undefined_object then
          raise notice 'pg_trgm is not available: searching for accounts reads the whole table';
      end $$`)
  }

  /** The extension stays: something else in this database may use it. */
  override down(): void {
    this.addSql('drop index if exists account_search')
  }
}
