import { operator } from '../../src/base/actor.ts'
import { future } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'
import { handOver } from './hand-over.ts'
import { moment } from './show-client.ts'

/** The secrets of an application: one, or two while it changes from the old one to the new one. */
export function secretCommands(clients: Verb): void {
  clients
    .verb(
      'rotate-secret <client_id>',
      'Replace the client secret; the old one stops working at once, or later with --keep-old',
      'wiki',
      'wiki --keep-old 24h',
      'wiki --keep-old 2027-01-31T18:00Z',
    )
    .option(
      '--keep-old <when>',
      'Until when the old one works: 8h, 30d, 2027-01-31 (the end of that day in UTC) or 2027-01-31T18:00Z; 90 days at most',
      future,
    )
    .run(async (work, id: string, { keepOld: keepOldUntil }: { keepOld?: Date | null }) => {
      const { clients } = work.app
      const rotated = await clients.rotateSecret(id, { by: operator, keepOldUntil })
      const secrets = await clients.secrets(id)
      const [old, other] = secrets
      const kept = old?.expiresAt && other ? ` The old one works until ${moment(old.expiresAt)}.` : ''
      handOver(work, rotated, `${rotated.client.name} has a new secret.${kept}`, { secrets })
    })

  const secrets = clients.noun('secrets', 'Manage the secrets of an application')

  secrets
    .verb('list <client_id>', 'List the secrets of an application, without the secrets themselves', 'wiki')
    .run(async ({ app, out }, id: string) => {
      const columns = ['id', 'createdAt', 'expiresAt', 'lastUsedAt']
      out.table(await app.clients.secrets(id), columns, `${id} has no secret that can be used.`)
    })

  secrets
    .verb(
      'remove <client_id> <secret_id>',
      'Remove a secret of an application; it stops working at once',
      'wiki 3f9a1c07',
    )
    .confirmed()
    .run(async ({ app, out, confirm }, id: string, secretId: string) => {
      const client = await app.clients.find(id)
      await confirm(`Remove the secret ${secretId} of ${client.name} (${id})?`)
      await app.clients.removeSecret(id, secretId, { by: operator })
      out.done({ removed: secretId }, `Removed the secret ${secretId} of ${client.name}.`)
    })
}
