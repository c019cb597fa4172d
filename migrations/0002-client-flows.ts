import { Migration } from '@mikro-orm/migrations'

/**
 * Adds what a client may choose beyond the code flow: PKCE or a nonce, other response types, and the name of the roles
 * claim; and the type and algorithm of an API's access tokens. What is registered stays as it was.
 */
export class ClientFlows extends Migration {
  override up(): void {
    this.addSql(`
      alter table client
        add column pkce text,
        add column response_types text[],
        add column roles_claim text not null default 'roles'`)
    this.addSql(`
      update client set
        pkce = case when pkce_required then 'required' else 'off' end,
        response_types = case when 'authorization_code' = any(grant_types) then array['code'] else array[]::text[] end`)
    this.addSql(`
      alter table client
        alter column pkce set not null,
        alter column response_types set not null,
        alter column roles_claim drop default,
        drop column pkce_required`)
    this.addSql(`
      alter table resource
        add column token_type text not null default 'at+jwt',
        add column token_alg text not null default 'ES256'`)
    this.addSql('alter table resource alter column token_type drop default, alter column token_alg drop default')
  }

  override down(): void {
    this.addSql('alter table client add column pkce_required boolean')
    this.addSql(`update client set pkce_required = pkce = 'required'`)
    this.addSql(`
      alter table client
        alter column pkce_required set not null,
        drop column pkce,
        drop column response_types,
        drop column roles_claim`)
    this.addSql('alter table resource drop column token_type, drop column token_alg')
  }
}
