import { type ProvidersForm, providerView } from '../../kit/pages/page-parts.ts'
import type { Turn } from '../turn.ts'

/** The buttons of the providers that are offered; null where there are none. */
export async function providersForm(turn: Turn, { newcomers = false } = {}): Promise<ProvidersForm | null> {
  const { identityProviders, justInTimeRegistration: registering } = turn.app
  const all = await identityProviders.enabled()
  const offered = newcomers ? all.filter(provider => registering.admits(provider)) : all
  return offered.length === 0 ? null : { ...turn.form('upstream'), offered: offered.map(providerView) }
}
