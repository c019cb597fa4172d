import { Migration } from '@mikro-orm/migrations'

/** Creates the table of passkeys, which holds their public keys. */
export class Passkeys extends Migration {
  override up(): void {
    this.addSql(`
      create table passkey (
        id uuid primary key,
        account_id uuid not null references account on delete cascade,
        credential_id text not null constraint passkey_credential_id_unique unique,
        public_key text not null,
        counter bigint not null,
        transports text[] not null,
        aaguid uuid not null,
        backup_eligible boolean not null,
        backed_up boolean not null,
        name text not null,
        created_at timestamptz not null,
        last_used_at timestamptz
      )`)
    this.addSql('create index passkey_account on passkey (account_id)')
  }

  override down(): void {
    this.addSql('drop table passkey')
  }
}
