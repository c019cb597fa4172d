import { Migration } from '@mikro-orm/migrations'

/**
 * Allows only one unused link of a purpose per account: of two that are requested at the same time, the newer stays.
 * Links of the purposes `undo-address` and `panic` ("This wasn't me") are independent of each other.
 */
export class NewestLinks extends Migration {
  override up(): void {
    this.addSql(`
      update one_time_link older set used_at = now()
      where used_at is null and purpose not in ('undo-address', 'panic') and exists (
        select 1 from one_time_link newer
        where newer.account_id = older.account_id and newer.purpose = older.purpose and newer.used_at is null
          and (newer.created_at, newer.digest) > (older.created_at, older.digest))`)
    this.addSql(`
      create unique index one_time_link_newest on one_time_link (account_id, purpose)
      where used_at is null and purpose not in ('undo-address', 'panic')`)
  }

  override down(): void {
    this.addSql('drop index one_time_link_newest')
  }
}
