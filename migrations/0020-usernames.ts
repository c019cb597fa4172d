import { Migration } from '@mikro-orm/migrations'
import { newId } from '../src/base/ids.ts'
import { foldUsername, usernameDigest, usernameProblem } from '../src/base/text/username.ts'

/**
 * Makes usernames unique, also to the eye. Before, `preferred_username` was any text in the profile. The oldest account
 * keeps a name; one that is invalid or taken is removed, which the account's history records.
 */
export class Usernames extends Migration {
  override async up(): Promise<void> {
    this.addSql('alter table account add column username text')
    this.addSql('create unique index account_username_unique on account (username) where username is not null')
    this.addSql(`
      create table username (
        digest text primary key,
        account_id uuid references account on delete set null,
        freed_at timestamptz
      )`)
    this.addSql('create index username_account on username (account_id) where account_id is not null')
    this.addSql(`
      create function gatehouse_username_freed() returns trigger language plpgsql as $$
      begin
        if new.account_id is null then new.freed_at := coalesce(new.freed_at, now()); end if;
        return new;
      end $$`)
    this.addSql(`
      create trigger username_freed before update on username
      for each row execute function gatehouse_username_freed()`)
    await this.#keepFirst()
    this.addSql(
      "update account set profile = profile - 'preferred_username' where profile ->> 'preferred_username' is not null",
    )
  }

  override down(): void {
    this.addSql(`
      update account set profile = profile || jsonb_build_object('preferred_username', username)
      where username is not null`)
    this.addSql('drop table username')
    this.addSql('drop function gatehouse_username_freed')
    this.addSql('alter table account drop column username')
  }

  async #keepFirst(): Promise<void> {
    const taken = new Set<string>()
    for (let after = NIL; ; ) {
      const rows: unknown = await this.execute(`
        select id, profile ->> 'preferred_username' as said from account
        where id > '${after}' and profile ->> 'preferred_username' <> '' order by id limit ${PAGE}`)
      const page = rows as { id: string; said: string }[]
      for (const { id, said } of page) this.#settle(id, foldUsername(said), taken)
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      after = last.id
    }
  }

  #settle(id: string, name: string, taken: Set<string>): void {
    const digest = usernameDigest(name)
    if (usernameProblem(name) || taken.has(digest)) {
      const reason = taken.has(digest) ? 'taken' : 'invalid'
      this.addSql(`
        insert into audit_event (id, kind, success, reason, actor_kind, subject, at)
        values ('${newId()}', 'username.removed', true, '${reason}', 'system', '${id}', now())`)
      return
    }
    taken.add(digest)
    // The name contains only letters, digits and ._-, so it needs no escaping.
    this.addSql(`update account set username = '${name}' where id = '${id}'`)
    this.addSql(`insert into username (digest, account_id) values ('${digest}', '${id}')`)
  }
}

const NIL = '00000000-0000-0000-0000-000000000000'
const PAGE = 1000
