import { Migration } from '@mikro-orm/migrations'

/**
 * Adds the list of revoked access tokens, for APIs that verify tokens by themselves. It is kept by triggers, so that nothing
 * that ends a session, a grant, an account or a role can forget it, and it commits together with what it is about.
 *
 * An access token names keys of 16 bytes under which it can be revoked: those of its grant and browser session are digests of
 * their IDs; account, application and installation have a key each, which is replaced when it is put on the list, so that
 * tokens issued afterwards are valid. So has each consent of an account. Until then it is derived from a secret and has no row.
 *
 * A row gets its position only after it was committed (src/token-revocations), so that a reader who asks for what comes after
 * a position misses none. An access token is valid for at most 24 hours (ACCESS_TOKEN_TTL); an hour is for clocks that differ.
 */
export class TokenRevocations extends Migration {
  override up(): void {
    this.addSql(`
      create table token_revocation (
        key bytea primary key,
        expires_at timestamptz not null,
        position bigint constraint token_revocation_position_unique unique
      )`)
    this.addSql('create index token_revocation_unpublished on token_revocation (key) where position is null')
    this.addSql('create index token_revocation_expires_at on token_revocation (expires_at)')
    this.addSql(`
      create table token_revocation_list (
        one boolean primary key default true check (one),
        published bigint not null default 0,
        signed_out_at timestamptz,
        secret bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      )`)
    this.addSql('insert into token_revocation_list default values')
    this.addSql('create table token_key (owner text collate "C" primary key, key bytea not null)')
    for (const statement of FUNCTIONS) this.addSql(statement)
    for (const [table, name, event, rows, revoke] of TRIGGERS)
      this.addSql(`
        create trigger ${name} ${event} on ${table}
        for each row when (${rows}) execute function gatehouse_revoke_${revoke}()`)
  }

  override down(): void {
    for (const [table, name] of TRIGGERS) this.addSql(`drop trigger ${name} on ${table}`)
    this.addSql(`
      drop function gatehouse_revoke_client, gatehouse_revoke_role, gatehouse_revoke_consent, gatehouse_revoke_assignment,
        gatehouse_revoke_account, gatehouse_revoke_impersonation, gatehouse_revoke_recorded, gatehouse_sign_out_everyone,
        gatehouse_renew_token_key, gatehouse_token_key, gatehouse_revoke_tokens`)
    this.addSql('drop table token_key, token_revocation_list, token_revocation')
  }
}

const FUNCTIONS = [
  `create function gatehouse_revoke_tokens(revoked bytea) returns void language plpgsql as $$
  begin
    insert into token_revocation (key, expires_at) values (revoked, now() + interval '25 hours')
    on conflict (key) do update set expires_at = excluded.expires_at, position = null;
    perform pg_notify('gatehouse_changed', 'token_revocation:');
  end $$`,

  `create function gatehouse_token_key(of_owner text) returns bytea language sql stable as $$
    select coalesce(
      (select key from token_key where owner = of_owner),
      substring(sha256((select secret from token_revocation_list) || convert_to(of_owner, 'UTF8')) for 16))
  $$`,

  // Locks the row first, so that each of two renewals at once puts the key on the list that it replaces.
  `create function gatehouse_renew_token_key(of_owner text) returns void language plpgsql as $$
  declare replaced bytea;
  begin
    insert into token_key (owner, key) values (of_owner, gatehouse_token_key(of_owner)) on conflict do nothing;
    select key into replaced from token_key where owner = of_owner for update;
    perform gatehouse_revoke_tokens(replaced);
    update token_key set key = uuid_send(gen_random_uuid()) where owner = of_owner;
    -- Processes remember the keys of an account with the account.
    if of_owner like 'account:%' or of_owner like 'consent:%'
    then perform pg_notify('gatehouse_changed', 'account:' || substr(of_owner, 9, 36));
    end if;
  end $$`,

  `create function gatehouse_sign_out_everyone() returns void language plpgsql as $$
  begin
    update token_revocation_list set signed_out_at = clock_timestamp();
    perform gatehouse_renew_token_key('everyone');
    perform pg_notify('gatehouse_changed', 'token_key:everyone');
  end $$`,

  `create function gatehouse_revoke_recorded() returns trigger language plpgsql as $$
  begin
    perform gatehouse_revoke_tokens(substring(decode(translate(new.id, '-_', '+/') || '=', 'base64') for 16));
    return null;
  end $$`,

  `create function gatehouse_revoke_impersonation() returns trigger language plpgsql as $$
  begin
    perform gatehouse_revoke_tokens(substring(sha256(convert_to(new.id::text, 'UTF8')) for 16));
    return null;
  end $$`,

  `create function gatehouse_revoke_account() returns trigger language plpgsql as $$
  begin
    if tg_op = 'UPDATE' then
      -- When everyone is signed out, one key stands for all.
      if current_setting('gatehouse.signing_everyone_out', true) = 'on' then return null; end if;
      perform gatehouse_renew_token_key('account:' || old.id);
    else
      -- Locks in the order of a renewal.
      perform 1 from token_key where owner = 'account:' || old.id for update;
      perform gatehouse_revoke_tokens(gatehouse_token_key('account:' || old.id));
      delete from token_key where owner = 'account:' || old.id
        or (owner >= 'consent:' || old.id || ':' and owner < 'consent:' || old.id || ';');
    end if;
    return null;
  end $$`,

  `create function gatehouse_revoke_assignment() returns trigger language plpgsql as $$
  begin
    if exists (select from account where id = old.account_id)
    then perform gatehouse_renew_token_key('account:' || old.account_id);
    end if;
    return null;
  end $$`,

  // The grants of an application may be lost from the store while its tokens are still valid.
  `create function gatehouse_revoke_consent() returns trigger language plpgsql as $$
  begin
    if exists (select from account where id = old.account_id) and exists (select from client where id = old.client_id)
    then perform gatehouse_renew_token_key('consent:' || old.account_id || ':' || old.client_id);
    end if;
    return null;
  end $$`,

  `create function gatehouse_revoke_role() returns trigger language plpgsql as $$
  begin
    perform gatehouse_renew_token_key('account:' || account_id)
    from (select account_id from assignment where role_name = old.name order by account_id) holder;
    return old;
  end $$`,

  // Also when it is removed: a client that is registered again under the same ID gets another key.
  `create function gatehouse_revoke_client() returns trigger language plpgsql as $$
  begin
    perform gatehouse_renew_token_key('client:' || old.id);
    return null;
  end $$`,
]

/** The triggers: table, name, event, the rows that count, and the function. */
const TRIGGERS = [
  ['revocation', 'revocation_revoke_tokens', 'after insert', 'true', 'recorded'],
  [
    ...['impersonation', 'impersonation_revoke_tokens', 'after update'],
    ...['old.ended_at is null and new.ended_at is not null', 'impersonation'],
  ],
  [
    ...['account', 'account_revoke_tokens', 'after update'],
    `(old.suspended_at is null and new.suspended_at is not null)
      or old.signed_out_at is distinct from new.signed_out_at or (old.email_verified and not new.email_verified)`,
    'account',
  ],
  ['account', 'account_revoke_tokens_of_deleted', 'after delete', 'true', 'account'],
  // A token ends with a role that ends by time (oidc/people/revocable.ts).
  [
    ...['assignment', 'assignment_revoke_tokens', 'after delete'],
    ...['old.ends_at is null or old.ends_at > now()', 'assignment'],
  ],
  [
    ...['assignment', 'assignment_revoke_tokens_of_shortened', 'after update'],
    ...['new.ends_at is not null and (old.ends_at is null or new.ends_at < old.ends_at)', 'assignment'],
  ],
  ['consent', 'consent_revoke_tokens', 'after delete', 'true', 'consent'],
  // An API may give scopes by the roles of a person.
  [
    ...['role', 'role_revoke_tokens', 'after update'],
    ...['not (old.permissions <@ new.permissions) or not (old.scopes <@ new.scopes)', 'role'],
  ],
  // Before its assignments go, one by one, so that two removals lock the same people in the same order.
  ['role', 'role_revoke_tokens_of_removed', 'before delete', 'true', 'role'],
  [
    ...['client', 'client_revoke_tokens', 'after update'],
    `not (old.scopes <@ new.scopes) or not (old.permissions <@ new.permissions)
      or old.allowed_roles is distinct from new.allowed_roles or old.denied_roles is distinct from new.denied_roles
      or (new.verified_email_required and not old.verified_email_required)`,
    'client',
  ],
  ['client', 'client_revoke_tokens_of_removed', 'after delete', 'true', 'client'],
] as const
