import { Migration } from '@mikro-orm/migrations'

const NEW_SECRET = (digest: string, createdAt: string) => `
  jsonb_build_array(jsonb_build_object(
    'id', substr(md5(random()::text), 1, 8), 'digest', ${digest}, 'expiresAt', null,
    'createdAt', to_char(${createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`

/**
 * Lets a client have several secrets, the newest last, and notes when each was last used. Existing secrets are carried over;
 * they were made when they were last rotated, as far as events say.
 *
 * The old column holds the newest secret, for processes of the release before that still run: a trigger keeps it in step,
 * and carries over what such a process registers or rotates.
 */
export class ClientSecrets extends Migration {
  override up(): void {
    this.addSql(`alter table client add column secrets jsonb not null default '[]'`)
    this.addSql(`
      update client set secrets = ${NEW_SECRET('client.secret_digest', 'coalesce(rotated.at, client.created_at)')}
      from client as each left join (
        select target, max(at) as at from audit_event where kind = 'client.secret-rotated' group by target
      ) rotated on rotated.target = each.id
      where each.id = client.id and client.secret_digest is not null`)
    this.addSql(`
      create function gatehouse_keep_secret_digest() returns trigger language plpgsql as $$
      declare
        from_digest boolean := new.secret_digest is not null and new.secrets = '[]';
      begin
        if tg_op = 'UPDATE' then
          from_digest := new.secret_digest is distinct from old.secret_digest and new.secrets = old.secrets;
        end if;
        if from_digest then
          new.secrets := case when new.secret_digest is null then '[]' else ${NEW_SECRET('new.secret_digest', 'now()')} end;
        else
          new.secret_digest := new.secrets -> -1 ->> 'digest';
        end if;
        return new;
      end $$`)
    this.addSql(`
      create trigger client_keep_secret_digest before insert or update of secrets, secret_digest on client
      for each row execute function gatehouse_keep_secret_digest()`)
    // A table of its own: a change of the client itself makes every process read it again.
    this.addSql(`
      create table client_secret_use (
        client_id text not null references client on delete cascade,
        secret_id text not null,
        last_used_at timestamptz not null,
        primary key (client_id, secret_id)
      )`)
  }

  /**
   * The newest secret that has not expired stays. Refuses if it has an end, which an earlier release ignores. Where all have
   * expired, no secret is accepted until the next rotation.
   */
  override down(): void {
    this.addSql(`
      create temporary table newest_secret on commit drop as
        select distinct on (client.id) client.id, secret ->> 'digest' as digest, secret ->> 'expiresAt' as expires_at
        from client, jsonb_array_elements(secrets) with ordinality as each (secret, position)
        where secret ->> 'expiresAt' is null or (secret ->> 'expiresAt')::timestamptz > now()
        order by client.id, position desc`)
    this.addSql(`
      do $$ begin
        if exists (select from newest_secret where expires_at is not null)
        then raise exception 'the newest secret of some clients has an end, which an earlier release ignores; rotate these secrets first (clients rotate-secret ID)';
        end if;
      end $$`)
    this.addSql('drop table client_secret_use')
    this.addSql('drop trigger client_keep_secret_digest on client')
    this.addSql('drop function gatehouse_keep_secret_digest')
    this.addSql(`
      update client set secret_digest = coalesce(
        (select digest from newest_secret where newest_secret.id = client.id),
        case when secrets <> '[]' then 'expired' end)`)
    this.addSql('drop table newest_secret')
    this.addSql('alter table client drop column secrets')
  }
}
