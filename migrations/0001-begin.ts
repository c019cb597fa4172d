import { Migration } from '@mikro-orm/migrations'

/** Creates the first tables, the built-in roles, and the triggers that announce changes to every process. */
export class Begin extends Migration {
  override up(): void {
    this.addSql(`
      create table account (
        id uuid primary key,
        email text not null constraint account_email_unique unique,
        email_verified boolean not null,
        name text,
        suspended_at timestamptz,
        signed_out_at timestamptz,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create table password (
        account_id uuid primary key references account on delete cascade,
        digest text not null,
        changed_at timestamptz not null
      )`)
    this.addSql(`
      create table one_time_link (
        digest text primary key,
        purpose text not null,
        account_id uuid references account on delete cascade,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
      )`)
    this.addSql('create index one_time_link_account on one_time_link (account_id, purpose)')
    this.addSql(`
      create table role (
        name text primary key,
        description text not null,
        built_in boolean not null,
        created_at timestamptz not null
      )`)
    this.addSql(`
      insert into role (name, description, built_in, created_at) values
        ('subscriber', 'Everybody who has an account', true, now()),
        ('admin', 'Looks after accounts and applications', true, now()),
        ('superuser', 'May do everything', true, now())`)
    this.addSql(`
      create table assignment (
        account_id uuid not null references account on delete cascade,
        role_name text not null references role on delete cascade,
        given_at timestamptz not null,
        primary key (account_id, role_name)
      )`)
    this.addSql('create index assignment_role on assignment (role_name)')
    this.addSql(`
      create table client (
        id text primary key,
        name text not null,
        profile text not null,
        secret_digest text,
        redirect_uris text[] not null,
        post_logout_redirect_uris text[] not null,
        grant_types text[] not null,
        scopes text[] not null,
        token_endpoint_auth_method text not null,
        jwks jsonb,
        jwks_uri text,
        id_token_alg text not null,
        pkce_required boolean not null,
        first_party boolean not null,
        access_token_ttl int,
        refresh_token_ttl int,
        refresh_token_max_ttl int,
        uri text,
        logo_uri text,
        policy_uri text,
        tos_uri text,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create table consent (
        account_id uuid not null references account on delete cascade,
        client_id text not null references client on delete cascade,
        scopes text[] not null,
        claims text[] not null,
        resources jsonb not null,
        given_at timestamptz not null,
        primary key (account_id, client_id)
      )`)
    this.addSql('create index consent_client on consent (client_id)')
    this.addSql(`
      create table resource (
        id text primary key,
        name text not null,
        scopes jsonb not null,
        access_token_ttl int,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create table signing_key (
        kid text primary key,
        alg text not null,
        stage text not null,
        public_jwk jsonb not null,
        sealed text not null,
        created_at timestamptz not null,
        retired_at timestamptz
      )`)
    this.addSql("create unique index signing_key_one_a_stage on signing_key (alg, stage) where stage <> 'retired'")
    this.addSql(`
      create table audit_event (
        id uuid primary key,
        kind text not null,
        success boolean not null,
        reason text,
        actor_kind text not null,
        actor_id text,
        subject uuid,
        target text,
        ip text,
        user_agent text,
        at timestamptz not null
      )`)
    this.addSql('create index audit_event_subject on audit_event (subject, id)')
    this.addSql(`
      create table artifact (
        kind text not null,
        id text not null,
        payload text not null,
        grant_id text,
        account_id text,
        uid text,
        user_code text,
        consumed_at bigint,
        expires_at timestamptz not null,
        primary key (kind, id)
      )`)
    for (const column of ['grant_id', 'account_id', 'uid', 'user_code']) {
      this.addSql(`create index artifact_${column} on artifact (${column}) where ${column} is not null`)
    }
    this.addSql('create index artifact_expires_at on artifact (expires_at)')

    this.addSql(`
      create function gatehouse_announce() returns trigger language plpgsql as $$
      declare changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
      begin
        perform pg_notify('gatehouse_changed', tg_argv[0] || ':' || (changed ->> tg_argv[1]));
        return null;
      end $$`)
    for (const [table, topic, column] of ANNOUNCED) {
      this.addSql(`
        create trigger ${table}_announce after insert or update or delete on ${table}
        for each row execute function gatehouse_announce('${topic}', '${column}')`)
    }
  }

  override down(): void {
    for (const table of TABLES) this.addSql(`drop table ${table}`)
    this.addSql('drop function gatehouse_announce')
  }
}

const ANNOUNCED = [
  ['account', 'account', 'id'],
  ['assignment', 'account', 'account_id'],
  ['client', 'client', 'id'],
  ['resource', 'resource', 'id'],
  ['signing_key', 'signing_key', 'kid'],
] as const

const TABLES = [
  'artifact',
  'audit_event',
  'signing_key',
  'resource',
  'consent',
  'client',
  'assignment',
  'role',
  'one_time_link',
  'password',
  'account',
]
