import type { App } from '../../app.ts'
import type { HistoryEvent } from '../../audit/history.ts'
import { OWN_CLIENT } from '../../clients/client.ts'

/** The names of all applications by client_id. */
export async function clientNames({ clients }: App): Promise<Map<string, string>> {
  return new Map((await clients.list()).map(({ id, name }) => [id, name]))
}

/** The names of the applications and providers in a history. A removed one is shown by its identifier. */
export async function historyNames(app: App, accountId: string, events: readonly HistoryEvent[]) {
  const clients = await clientNames(app)
  const providers = new Map((await app.identityProviders.list()).map(({ name, title }) => [name, title]))
  const impersonated = events.some(({ kind }) => kind.startsWith('impersonation.'))
  const impersonations = new Map(
    (impersonated ? await app.impersonations.of(accountId) : []).map(each => [each.id, each]),
  )
  return ({ client, provider, target }: HistoryEvent) => ({
    client: client === OWN_CLIENT ? null : (clients.get(client ?? '') ?? client),
    impersonation: impersonations.get(target ?? ''),
    provider: providers.get(provider ?? '') ?? provider,
  })
}
