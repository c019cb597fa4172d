import type { App } from '../../app.ts'
import type { HistoryEvent } from '../../audit/history.ts'
import type { HistoryTextOptions } from '../../i18n/history-text.ts'
import { clientNames } from '../kit/client-names.ts'

export type NamesOf = (event: HistoryEvent) => Pick<HistoryTextOptions, 'client' | 'provider'>

/** The names of the applications and providers in the history. A removed provider is shown by its identifier. */
export async function historyNames(app: App): Promise<NamesOf> {
  const clients = await clientNames(app)
  const providers = new Map((await app.identityProviders.list()).map(({ name, title }) => [name, title]))
  return ({ client, provider }) => ({
    client: clients.get(client ?? ''),
    provider: providers.get(provider ?? '') ?? provider,
  })
}
