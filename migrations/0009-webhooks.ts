import { Migration } from '@mikro-orm/migrations'

/**
 * Adds webhooks and their deliveries. A delivery has no references: it is written in the transaction of its event, which
 * must not fail or wait because an operator removes the webhook at the same time.
 */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhook (
        id uuid primary key,
        url text not null,
        description text not null,
        kinds text[] not null,
        enabled boolean not null,
        sealed_secret text not null,
        sealed_previous_secret text,
        previous_secret_until timestamptz,
        undelivered_since timestamptz,
        created_at timestamptz not null
      )`)
    this.addSql(`
      create trigger webhook_notify_change after insert or update or delete on webhook
      for each row execute function gatehouse_notify_change('webhook', 'id')`)
    this.addSql(`
      create table webhook_delivery (
        id uuid primary key,
        webhook_id uuid not null,
        event_id uuid not null,
        kind text not null,
        state text not null constraint webhook_delivery_state check (state in ('waiting', 'delivered', 'failed')),
        job_id uuid not null,
        attempts integer not null,
        last_status integer,
        last_error text,
        last_attempt_at timestamptz,
        queued_at timestamptz not null,
        constraint webhook_delivery_event_unique unique (webhook_id, event_id)
      )`)
    this.addSql('create index webhook_delivery_webhook on webhook_delivery (webhook_id, id)')
    this.addSql(`
      create index webhook_delivery_undelivered on webhook_delivery (webhook_id, state, id) where state <> 'delivered'`)
    this.addSql('create index webhook_delivery_queued_at on webhook_delivery (queued_at)')
  }

  /** Also removes the jobs: an earlier release has no worker for them. */
  override down(): void {
    this.addSql('drop table webhook_delivery, webhook')
    this.addSql(`
      do $$ begin
        delete from queue.job where name = 'webhook';
      exception when undefined_table or invalid_schema_name then null;
      end $$`)
  }
}
