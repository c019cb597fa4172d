import { Migration } from '@mikro-orm/migrations'

/** Creates the tables of upstream providers, and of the identities there that are linked to accounts. */
export class Federation extends Migration {
  override up(): void {
    this.addSql(`
      create table identity_provider (
        id uuid primary key,
        name text not null constraint identity_provider_name_unique unique,
        kind text not null,
        title text not null,
        issuer text,
        endpoints jsonb,
        client_id text not null,
        sealed_secret text,
        settings jsonb not null,
        scopes text[] not null,
        mapping jsonb not null,
        policy jsonb not null,
        position integer not null,
        enabled boolean not null,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create trigger identity_provider_announce after insert or update or delete on identity_provider
      for each row execute function gatehouse_announce('identity_provider', 'id')`)
    this.addSql(`
      create table identity_link (
        id uuid primary key,
        account_id uuid not null references account on delete cascade,
        provider_id uuid not null references identity_provider on delete cascade,
        subject text not null,
        email text,
        sealed_tokens text,
        created_at timestamptz not null,
        last_used_at timestamptz,
        constraint identity_link_subject_unique unique (provider_id, subject)
      )`)
    this.addSql('create index identity_link_account on identity_link (account_id)')
  }

  override down(): void {
    this.addSql('drop table identity_link')
    this.addSql('drop table identity_provider')
  }
}
