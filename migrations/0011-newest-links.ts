import { Migration } from '@mikro-orm/migrations'

/**
 * Of two links that are asked for at the same moment the newer is left: an account has one of a purpose that can be
 * spent. Ways back (`undo-address`, `panic`) each stand by themselves.
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
