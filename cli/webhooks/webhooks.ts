import { operator } from '../../src/base/actor.ts'
import type { Webhook } from '../../src/webhooks/webhook.ts'
import { usageError } from '../kit/failures.ts'
import type { Output } from '../kit/output.ts'
import { changed, defined, duration, repeated } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'
import { webhookDeliveryCommands } from './deliveries.ts'

const DAY = 86_400
const BY = { by: operator }

/** The addresses that get audit events as they happen. */
export function webhookCommands(program: Verb): void {
  const webhooks = program.noun('webhooks', 'Manage webhooks, which send audit events to an address as they happen')

  webhooks
    .verb(
      'add <url>',
      'Register an address that gets events of these kinds, and print its secret',
      'https://crm.example.com/hooks/gatehouse --kind account. --kind email.changed',
      'https://siem.example.com/in --kind "*" --description "All events, for the SIEM"',
    )
    .requiredOption('--kind <kind>', KIND, repeated)
    .option('--description <text>', 'What it is for')
    .run(async ({ app, out }, url: string, { kind: kinds, description }: AddOptions) => {
      const { webhook, secret } = await app.webhooks.register({ url, kinds, ...defined({ description }) }, BY)
      handOver(out, { webhook, secret }, `Registered webhook ${webhook.id}.`)
    })

  webhooks.verb('list', 'List all webhooks').run(async ({ app, out }) => {
    const columns = ['id', 'url', 'kinds', 'enabled', 'undeliveredSince', 'description']
    out.table(await app.webhooks.list(), columns, 'No webhooks registered.')
  })

  webhooks
    .verb('show <webhook>', 'Show a webhook, without its secret', EXAMPLE)
    .run(async ({ app, out }, id: string) => out.record(await app.webhooks.find(id)))

  webhooks
    .verb(
      'update <webhook>',
      'Change a webhook; options that are left out keep their values',
      `${EXAMPLE} --add-kind sign-in.refused`,
      `${EXAMPLE} --disable`,
    )
    .option('--url <url>', 'Address that gets the events, also those that wait')
    .option('--kind <kind>', 'Replace all kinds with these; repeatable', repeated)
    .option('--add-kind <kind>', 'Send this kind, or all kinds with this prefix, too; repeatable', repeated)
    .option('--remove-kind <kind>', 'Send this kind or prefix, as show lists it, no longer; repeatable', repeated)
    .option('--description <text>', 'What it is for')
    .option('--enable', 'Send events again, and those that have waited since it was disabled')
    .option('--disable', 'Send nothing; events of this time can be sent later with replay --since')
    .run(async ({ app, out }, id: string, options: UpdateOptions) => {
      const { url, description, enable, disable, kind: set, addKind: add, removeKind: remove } = options
      if (enable && disable) throw usageError('give only one of --enable and --disable')
      const enabled = enable ? true : disable ? false : undefined
      const kinds = changed((await app.webhooks.find(id)).kinds, { set, add, remove })
      const webhook = await app.webhooks.update(id, defined({ url, description, kinds, enabled }), BY)
      out.record(webhook, `Updated webhook ${webhook.id}.`)
    })

  webhooks
    .verb(
      'rotate-secret <webhook>',
      'Make a new secret; for a time both secrets sign, so that the receiver can change over',
      EXAMPLE,
      `${EXAMPLE} --overlap 0`,
    )
    .option('--overlap <duration>', 'How long the old secret signs too, such as 7d; 0 if it was exposed', duration, DAY)
    .run(async ({ app, out }, id: string, { overlap }: { overlap: number }) => {
      const rotated = await app.webhooks.rotateSecret(id, { ...BY, overlap })
      const until = rotated.webhook.previousSecretUntil?.toISOString()
      const old = until ? `The old secret signs too until ${until}.` : 'The old secret signs no more.'
      handOver(out, rotated, `Webhook ${rotated.webhook.id} has a new secret. ${old}`)
    })

  webhooks
    .verb('remove <webhook>', 'Remove a webhook with its deliveries; those that wait are not sent', EXAMPLE)
    .confirmed()
    .run(async ({ app, out, confirm }, id: string) => {
      const { id: removed, url } = await app.webhooks.find(id)
      await confirm(`Remove webhook ${removed} (${url})?`)
      await app.webhooks.remove(removed, BY)
      out.done({ removed }, `Removed webhook ${removed}.`)
    })

  webhookDeliveryCommands(webhooks)
}

/** The ID in examples. */
const EXAMPLE = '019dfb8e-1f5c-7a3d-9b2e-4c6d8e0f1a2b'

const KIND = 'Kind of event, a prefix such as "account." for all that begin with it, or "*" for all; repeatable'

/** Prints a webhook with its secret. It is the only time that the secret is shown. */
function handOver(out: Output, { webhook, secret }: { webhook: Webhook; secret: string }, done: string): void {
  out.text({ ...webhook.summary(), secret }, `${done}\nThe secret is shown only once.\n\n${secret}\n`)
}

interface AddOptions {
  kind: string[]
  description?: string
}

interface UpdateOptions {
  url?: string
  kind?: string[]
  addKind?: string[]
  removeKind?: string[]
  description?: string
  enable?: true
  disable?: true
}
