import { Migration } from '@mikro-orm/migrations'

/**
 * Creates all tables, the built-in roles, and the triggers that notify every process of a change. pg-boss creates its own
 * tables in the schema `queue` when it starts.
 */
export class InitialSchema extends Migration {
  override up(): void {
    const cached = CACHED.map(
      ([table, events, topic, column]) => `
        create trigger ${table}_notify_change after ${events} on ${table}
        for each row execute function gatehouse_notify_change('${topic}', '${column}')`,
    )
    const statements = [ACCOUNTS, ROLES, CREDENTIALS, CLIENTS, FEDERATION, OPERATION, ARTIFACTS, FUNCTIONS, cached]
    for (const statement of statements.flat()) this.addSql(statement)
  }

  override down(): void {
    this.addSql(`
      drop table
        account, username, one_time_link, role, assignment,
        password, former_password, totp, recovery_code, factor_reset, passkey, known_browser,
        client, resource, consent, identity_provider, identity_link,
        audit_event, signing_key, delivered_email, readiness_probe, redis_usage,
        artifact, revocation, unconfirmed_response`)
    this.addSql('drop function gatehouse_notify_change, gatehouse_set_freed_at')
    this.addSql('drop schema if exists queue cascade')
  }
}

const ACCOUNTS = [
  `create table account (
    id uuid primary key,
    email text not null constraint account_email_unique unique,
    email_verified boolean not null,
    username text,
    name text,
    profile jsonb not null default '{}',
    profile_updated_at timestamptz,
    pending_since timestamptz,
    second_factor_due timestamptz,
    passkey_offer_at timestamptz,
    signed_out_at timestamptz,
    suspended_at timestamptz,
    deletion_due timestamptz,
    created_at timestamptz not null
  )`,
  'create unique index account_username_unique on account (username) where username is not null',
  'create index account_pending_since on account (pending_since) where pending_since is not null',
  'create index account_deletion_due on account (deletion_due) where deletion_due is not null',

  // Usernames in use and on hold, by a digest that is the same for names that look alike.
  `create table username (
    digest text primary key,
    account_id uuid references account on delete set null,
    freed_at timestamptz
  )`,
  'create index username_account on username (account_id) where account_id is not null',

  `create table one_time_link (
    digest text primary key,
    purpose text not null,
    account_id uuid references account on delete cascade,
    address text,
    proves_address boolean not null default false,
    browser text,
    code text,
    tries integer not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
  )`,
  'create index one_time_link_account on one_time_link (account_id, purpose)',
  'create index one_time_link_address on one_time_link (address) where used_at is null',
  // An account has one unused link of a purpose: of two that are requested at the same time, the newer stays. Those
  // named here don't replace each other, so that no one can invalidate another person's link by requesting one.
  `create unique index one_time_link_unused_unique on one_time_link (account_id, purpose)
   where used_at is null and purpose not in ('undo-email-change', 'undo-email-change-code', 'report-compromise')`,
]

const ROLES = [
  `create table role (
    name text primary key,
    description text not null,
    built_in boolean not null,
    created_at timestamptz not null
  )`,
  `insert into role (name, description, built_in, created_at) values
    ('subscriber', 'Every account has this role', true, now()),
    ('admin', 'Manages accounts and applications', true, now()),
    ('superuser', 'Has every permission', true, now())`,

  `create table assignment (
    account_id uuid not null references account on delete cascade,
    role_name text not null references role on delete cascade,
    given_at timestamptz not null,
    primary key (account_id, role_name)
  )`,
  'create index assignment_role on assignment (role_name)',
]

const CREDENTIALS = [
  `create table password (
    account_id uuid primary key references account on delete cascade,
    digest text not null,
    changed_at timestamptz not null
  )`,

  // Recent passwords of an account, which prove who may undo a change of its email address.
  `create table former_password (
    id uuid primary key,
    account_id uuid not null references account on delete cascade,
    digest text not null,
    set_at timestamptz not null,
    replaced_at timestamptz not null
  )`,
  'create index former_password_account on former_password (account_id)',
  'create index former_password_replaced_at on former_password (replaced_at)',

  `create table totp (
    account_id uuid primary key references account on delete cascade,
    sealed text not null,
    last_step integer not null,
    added_at timestamptz not null,
    last_used_at timestamptz
  )`,

  `create table recovery_code (
    digest text primary key,
    account_id uuid not null references account on delete cascade,
    made_at timestamptz not null,
    used_at timestamptz
  )`,
  'create index recovery_code_account on recovery_code (account_id)',

  `create table factor_reset (
    account_id uuid primary key references account on delete cascade,
    asked_at timestamptz not null,
    due_at timestamptz not null
  )`,
  'create index factor_reset_due_at on factor_reset (due_at)',

  `create table passkey (
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
  )`,
  'create index passkey_account on passkey (account_id)',

  // Browsers in which an account has signed in before; one that is trusted skips the second factor.
  `create table known_browser (
    id uuid primary key,
    account_id uuid not null references account on delete cascade,
    digest text not null constraint known_browser_digest_unique unique,
    user_agent text,
    first_seen_at timestamptz not null,
    seen_at timestamptz not null,
    trusted_at timestamptz,
    trusted_until timestamptz
  )`,
  'create index known_browser_account on known_browser (account_id, seen_at)',
]

const CLIENTS = [
  `create table client (
    id text primary key,
    name text not null,
    profile text not null,
    secret_digest text,
    redirect_uris text[] not null,
    post_logout_redirect_uris text[] not null,
    backchannel_logout_uri text,
    backchannel_logout_session_required boolean not null default false,
    grant_types text[] not null,
    scopes text[] not null,
    token_endpoint_auth_method text not null,
    jwks jsonb,
    jwks_uri text,
    id_token_alg text not null,
    pkce_required boolean not null,
    first_party boolean not null,
    verified_email_required boolean not null default false,
    second_factor_required boolean not null default false,
    access_token_ttl integer,
    refresh_token_ttl integer,
    refresh_token_max_ttl integer,
    uri text,
    logo_uri text,
    policy_uri text,
    tos_uri text,
    created_at timestamptz not null
  )`,

  `create table resource (
    id text primary key,
    name text not null,
    scopes jsonb not null,
    access_token_ttl integer,
    created_at timestamptz not null
  )`,

  `create table consent (
    account_id uuid not null references account on delete cascade,
    client_id text not null references client on delete cascade,
    scopes text[] not null,
    claims text[] not null,
    resources jsonb not null,
    given_at timestamptz not null,
    primary key (account_id, client_id)
  )`,
  'create index consent_client on consent (client_id)',
]

const FEDERATION = [
  `create table identity_provider (
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
  )`,

  `create table identity_link (
    id uuid primary key,
    account_id uuid not null references account on delete cascade,
    provider_id uuid not null references identity_provider on delete cascade,
    subject text not null,
    email text,
    sealed_tokens text,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint identity_link_subject_unique unique (provider_id, subject)
  )`,
  'create index identity_link_account on identity_link (account_id)',
]

const OPERATION = [
  // It has no references to accounts: events outlive what they are about.
  `create table audit_event (
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
  )`,
  'create index audit_event_subject on audit_event (subject, id)',
  'create index audit_event_actor on audit_event (actor_id) where actor_id is not null',

  `create table signing_key (
    kid text primary key,
    alg text not null,
    stage text not null,
    public_jwk jsonb not null,
    sealed text not null,
    created_at timestamptz not null,
    retired_at timestamptz
  )`,
  "create unique index signing_key_stage_unique on signing_key (alg, stage) where stage <> 'retired'",

  // The mailbox of test mode.
  `create table delivered_email (
    id uuid primary key,
    kind text not null,
    recipient text not null,
    subject text not null,
    html text not null,
    text text not null,
    delivered_at timestamptz not null
  )`,
  'create index delivered_email_delivered_at on delivered_email (delivered_at)',

  // The row that readiness checks write: a database that is read-only is not ready.
  `create table readiness_probe (
    singleton boolean primary key default true constraint readiness_probe_singleton check (singleton),
    written_at timestamptz not null
  )`,

  // Has a row once Redis has been used: if Redis is empty later, it has lost its data.
  `create table redis_usage (
    singleton boolean primary key default true constraint redis_usage_singleton check (singleton),
    first_used_at timestamptz not null
  )`,
]

const ARTIFACTS = [
  // Sessions, grants, codes and tokens, if Redis is not used.
  `create table artifact (
    kind text not null,
    id text not null,
    payload text not null,
    grant_id text,
    account_id text,
    uid text,
    consumed_at bigint,
    consumed_by text,
    expires_at timestamptz not null,
    primary key (kind, id)
  )`,
  ...['grant_id', 'account_id', 'uid'].map(
    column => `create index artifact_${column} on artifact (${column}) where ${column} is not null`,
  ),
  'create index artifact_expires_at on artifact (expires_at)',

  // Sessions and grants that were revoked before they expired, so that an old state of Redis doesn't bring one back.
  `create table revocation (
    account_id uuid not null references account on delete cascade,
    id text not null,
    expires_at timestamptz not null,
    primary key (account_id, id)
  )`,
  'create index revocation_expires_at on revocation (expires_at)',

  // Token responses that may not have reached their clients, by the request attempt that they answer.
  `create table unconfirmed_response (
    id text not null,
    attempt text not null,
    sealed text,
    taken_by text,
    expires_at timestamptz not null,
    primary key (id, attempt)
  )`,
  'create index unconfirmed_response_expires_at on unconfirmed_response (expires_at)',
]

const FUNCTIONS = [
  `create function gatehouse_notify_change() returns trigger language plpgsql as $$
  declare changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
  begin
    perform pg_notify('gatehouse_changed', tg_argv[0] || ':' || (changed ->> tg_argv[1]));
    return null;
  end $$`,

  // Also covers erasure of the account, which sets account_id to null by the foreign key.
  `create function gatehouse_set_freed_at() returns trigger language plpgsql as $$
  begin
    if new.account_id is null then new.freed_at := coalesce(new.freed_at, now()); end if;
    return new;
  end $$`,
  `create trigger username_set_freed_at before update on username
   for each row execute function gatehouse_set_freed_at()`,
]

/** Tables whose rows processes cache: the changes to notify of, and the topic and column of the notification. */
const CACHED = [
  ['account', 'insert or update or delete', 'account', 'id'],
  ['assignment', 'insert or update or delete', 'account', 'account_id'],
  ['totp', 'insert or delete', 'account', 'account_id'],
  ['passkey', 'insert or delete', 'account', 'account_id'],
  ['revocation', 'insert', 'account', 'account_id'],
  ['client', 'insert or update or delete', 'client', 'id'],
  ['resource', 'insert or update or delete', 'resource', 'id'],
  ['identity_provider', 'insert or update or delete', 'identity_provider', 'id'],
  ['signing_key', 'insert or update or delete', 'signing_key', 'kid'],
] as const
