import { Migration } from '@mikro-orm/migrations'

/** Adds what a client requires of every account that signs in to it. */
export class ClientPolicies extends Migration {
  override up(): void {
    this.addSql(`
      alter table client
        add column verified_email_required boolean not null default false,
        add column second_factor_required boolean not null default false`)
  }

  override down(): void {
    this.addSql('alter table client drop column verified_email_required, drop column second_factor_required')
  }
}
