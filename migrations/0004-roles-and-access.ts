import { Migration } from '@mikro-orm/migrations'

/**
 * Adds what a role allows at each API, who assigned a role and until when, and the roles that decide who may sign in to a
 * client. New columns keep their defaults, for processes of the release before that still run.
 */
export class RolesAndAccess extends Migration {
  override up(): void {
    this.addSql(`alter table role add column scopes jsonb not null default '{}'`)
    this.addSql(`
      create trigger role_notify_change after insert or update or delete on role
      for each row execute function gatehouse_notify_change('role', 'name')`)
    this.addSql('alter table assignment add column given_by text, add column ends_at timestamptz')
    this.addSql('create index assignment_ends_at on assignment (ends_at) where ends_at is not null')
    this.addSql(`
      alter table client
        add column allowed_roles text[] not null default '{}',
        add column denied_roles text[] not null default '{}'`)
    this.addSql(`
      alter table resource
        add column scopes_by_role boolean not null default false,
        add column permissions_claim boolean not null default false`)
  }

  /** Refuses if it would let in people whom a role keeps out: an earlier release knows none of these limits. */
  override down(): void {
    this.addSql(`
      do $$ begin
        if exists (select from client where allowed_roles <> '{}' or denied_roles <> '{}')
          or exists (select from resource where scopes_by_role)
          or exists (select from assignment where ends_at is not null)
        then raise exception 'clients, APIs or assignments are limited by roles or time, which an earlier release ignores; remove these limits first';
        end if;
      end $$`)
    this.addSql('alter table resource drop column scopes_by_role, drop column permissions_claim')
    this.addSql('alter table client drop column allowed_roles, drop column denied_roles')
    this.addSql('alter table assignment drop column given_by, drop column ends_at')
    this.addSql('drop trigger role_notify_change on role')
    this.addSql('alter table role drop column scopes')
  }
}
