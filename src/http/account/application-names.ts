import type { App } from '../../app.ts'
import type { HistoryEvent } from '../../audit/history.ts'
import { OWN_CLIENT } from '../../clients/client.ts'

/** The names of all applications by client_id. */
export async function clientNames({ clients }: App): Promise<Map<string, string>> {
  return new Map((await clients.list()).map(({ id, name }) => [id, name]))
}

/** The names of the applications and providers in the history. A removed one is shown by its identifier. */
export async function historyNames(app: App) {
  const clients = await clientNames(app)
  const providers = new Map((await app.identityProviders.list()).map(({ name, title }) => [name, title]))
  return ({ client, provider }: HistoryEvent) => ({
    client: client === OWN_CLIENT ? null : (clients.get(client ?? '') ?? client),
    provider: providers.get(provider ?? '') ?? provider,
  })
}
