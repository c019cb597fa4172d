import { operator } from '../../src/base/actor.ts'
import type { WebhookReplay } from '../../src/webhooks/replay.ts'
import type { Webhook } from '../../src/webhooks/webhook.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError, usageError } from '../kit/failures.ts'
import { printable } from '../kit/output.ts'
import { count, past } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

const EXAMPLE = '019dfb8e-1f5c-7a3d-9b2e-4c6d8e0f1a2b'
const DELIVERY = '019dfb90-7c21-7d4e-8f3a-5b7c9d1e2f30'

const by = { by: operator }

/** Characters of an answer that are shown. */
const SHOWN = 1000

/** What was sent to a webhook, and sending it again. */
export function webhookDeliveryCommands(webhooks: Verb): void {
  webhooks
    .verb('test <webhook>', 'Send a test event at once, and show what the receiver answered', EXAMPLE)
    .run(async ({ app, out }, id: string) => {
      const webhook = await app.webhooks.find(id)
      const { status, error, body } = await app.webhookSender.test(webhook, { by: operator })
      const answer = body.slice(0, SHOWN)
      if (error !== null) throw notAccepted(webhook, error, answer)
      out.text(
        { webhook: webhook.id, status, body: answer },
        printable(`The receiver accepted the event with ${status}.\n${answer && `\n${answer}\n`}`),
      )
    })

  webhooks
    .verb(
      'deliveries <webhook>',
      'List what was sent to a webhook or waits to be sent, newest first',
      EXAMPLE,
      `${EXAMPLE} --failed --limit 10`,
    )
    .option('--failed', 'Only those that were given up')
    .option('--waiting', 'Only those that are still to be sent')
    .option('--limit <number>', 'Maximum number of deliveries', count, 50)
    .option('--before <id>', 'Continue before this delivery, the last one of the previous page')
    .run(async ({ app, out }, id: string, { failed, waiting, limit, before }: ListOptions) => {
      if (failed && waiting) throw usageError('give only one of --failed and --waiting')
      const state = failed ? 'failed' : waiting ? 'waiting' : undefined
      const found = await app.webhookDeliveries.list(await app.webhooks.find(id), { state, limit, before })
      const columns = ['id', 'kind', 'state', 'attempts', 'lastStatus', 'lastError', 'lastAttemptAt', 'nextAttemptAt']
      out.table(found, columns, 'No deliveries.')
    })

  webhooks
    .verb(
      'replay <webhook>',
      'Send events again, with the same webhook-id; give one of the options',
      `${EXAMPLE} --failed`,
      `${EXAMPLE} --since 24h`,
      `${EXAMPLE} --since 2027-01-31T18:00Z`,
      `${EXAMPLE} --delivery ${DELIVERY}`,
    )
    .neverBare()
    .option('--delivery <id>', 'This delivery')
    .option('--failed', 'All deliveries that were given up')
    .option('--since <time>', 'All events of its kinds since then, also those that it was never sent', past)
    .run(async ({ app, out }, id: string, options: ReplayOptions) => {
      const webhook = await app.webhooks.find(id)
      const queued = await replay(app.webhookReplay, webhook, options)
      const events = queued === 1 ? '1 event is' : `${queued} events are`
      out.done({ webhook: webhook.id, queued }, `${events} queued for webhook ${webhook.id}.`)
    })
}

function replay(replay: WebhookReplay, webhook: Webhook, { delivery, failed, since }: ReplayOptions): Promise<number> {
  if ([delivery, failed, since].filter(given => given !== undefined).length !== 1)
    throw usageError('give one of --delivery, --failed and --since')
  if (delivery !== undefined) return replay.one(webhook, delivery, by)
  return since ? replay.since(webhook, since, by) : replay.failed(webhook, by)
}

function notAccepted({ id }: Webhook, error: string, answer: string): CliError {
  const message = printable(`webhook ${id} did not accept the event: ${error}`)
  return new CliError({
    exit: EXIT.storage,
    code: 'webhook',
    message,
    ...(answer && { advice: printable(`It answered: ${answer}`) }),
  })
}

interface ListOptions {
  failed?: true
  waiting?: true
  limit: number
  before?: string
}

interface ReplayOptions {
  delivery?: string
  failed?: true
  since?: Date
}
