import type { IdentityProvider } from '../../federation/identity-provider.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { ProvidersForm, ProviderView } from '../page-data.ts'
import { actionOf, type Parts } from './parts.ts'

/** The buttons of the providers that are offered; null where there are none. */
export async function providersForm(
  { app, forms }: Parts,
  ctx: Context,
  interaction: Interaction,
  { newcomers = false } = {},
): Promise<ProvidersForm | null> {
  const all = await app.identityProviders.offered()
  const offered = newcomers ? all.filter(provider => app.newcomers.admits(provider)) : all
  if (offered.length === 0) return null
  const action = actionOf(app, interaction, 'upstream')
  return { action, csrf: forms.token(ctx, action), offered: offered.map(providerView) }
}

export function providerView({ name, title, kind }: IdentityProvider): ProviderView {
  return { name, title, kind }
}
