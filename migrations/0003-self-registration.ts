import { Migration } from '@mikro-orm/migrations'

/**
 * Adds registration by programs: who registered a client and within which bounds, when it was last used, the tokens that
 * allow a registration, and the APIs that such clients may ask for. New columns keep their defaults, for processes of the
 * release before that still run.
 */
export class SelfRegistration extends Migration {
  override up(): void {
    this.addSql(`
      alter table client
        add column registered_by text not null default 'operator',
        add column registered_with text,
        add column registration_policy jsonb,
        add column registration_access_digest text`)
    this.addSql('alter table resource add column allow_self_registered boolean not null default false')
    this.addSql(`alter table consent add column redirect_hosts text[] not null default '{}'`)
    // A table of its own: a change of the client itself makes every process read it again.
    this.addSql(`
      create table client_use (
        client_id text primary key references client on delete cascade,
        last_used_at timestamptz not null
      )`)
    this.addSql(`
      create table registration_token (
        id uuid primary key,
        name text not null constraint registration_token_name_unique unique,
        digest text not null constraint registration_token_digest_unique unique,
        policy jsonb not null,
        max_uses integer not null,
        used integer not null,
        created_at timestamptz not null,
        expires_at timestamptz not null
      )`)
  }

  /** Removes the clients that registered themselves: an earlier release would treat them as those of operators. */
  override down(): void {
    this.addSql(`delete from client where registered_by <> 'operator'`)
    this.addSql('drop table registration_token, client_use')
    this.addSql('alter table consent drop column redirect_hosts')
    this.addSql('alter table resource drop column allow_self_registered')
    this.addSql(`
      alter table client
        drop column registered_by,
        drop column registered_with,
        drop column registration_policy,
        drop column registration_access_digest`)
  }
}
