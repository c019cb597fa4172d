import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import type { PendingIdentity } from '../../../lifecycle/upstream/pending-identities.ts'
import { form } from '../../kit/route.ts'
import type { Turn } from '../turn.ts'

/** An upstream identity that belongs to no account here yet, and the provider that vouches for it. */
export interface Pending {
  identity: PendingIdentity
  provider: IdentityProvider
}

export const pendingIdentityRoutes = [form('/decline', decline)]

/** Null where none waits here, or its provider is not offered any more. */
export async function pendingIdentity({ app, knownBrowser, placeName }: Turn): Promise<Pending | null> {
  if (!knownBrowser || (await app.identityProviders.offered()).length === 0) return null
  const identity = await app.pendingIdentities.at(placeName)
  const provider = identity && (await app.identityProviders.offering(identity.providerId))
  return identity && provider ? { identity, provider } : null
}

/** The other ways to sign in are shown again. */
async function decline(turn: Turn): Promise<void> {
  await turn.app.pendingIdentities.drop(turn.placeName)
  turn.restart()
}
