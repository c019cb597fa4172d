import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import type { PendingIdentity } from '../../../lifecycle/upstream/pending-identities.ts'
import { form } from '../../kit/pages/route.ts'
import type { Turn } from '../turn.ts'

/** An upstream identity that is linked to no account yet, and the provider that it comes from. */
export interface Pending {
  identity: PendingIdentity
  provider: IdentityProvider
}

export const pendingIdentityRoutes = [form('/discard-identity', discard)]

/** The pending identity of this sign-in; null if there is none, or its provider is no longer offered. */
export async function pendingIdentity({ app, existingBrowser, bindingKey }: Turn): Promise<Pending | null> {
  if (!existingBrowser || (await app.identityProviders.enabled()).length === 0) return null
  const identity = await app.pendingIdentities.at(bindingKey)
  const provider = identity && (await app.identityProviders.findEnabled(identity.providerId))
  return identity && provider ? { identity, provider } : null
}

/** Drops the pending identity and shows the other sign-in methods again. */
async function discard(turn: Turn): Promise<void> {
  await turn.app.pendingIdentities.drop(turn.bindingKey)
  turn.restart()
}
