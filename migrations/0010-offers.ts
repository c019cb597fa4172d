import { Migration } from '@mikro-orm/migrations'

/**
 * Adds when a second factor becomes required for an account, and when a passkey is offered next. Whether an account has
 * a second factor is cached in every process, so changes are announced.
 */
export class Offers extends Migration {
  override up(): void {
    this.addSql('alter table account add column second_factor_due timestamptz, add column passkey_offer_at timestamptz')
    for (const table of FACTORS) {
      this.addSql(`
        create trigger ${table}_announce after insert or delete on ${table}
        for each row execute function gatehouse_announce('account', 'account_id')`)
    }
  }

  override down(): void {
    for (const table of FACTORS) this.addSql(`drop trigger ${table}_announce on ${table}`)
    this.addSql('alter table account drop column second_factor_due, drop column passkey_offer_at')
  }
}

const FACTORS = ['totp', 'passkey']
