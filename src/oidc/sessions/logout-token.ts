import type { LogoutNotification } from '../../sessions/backchannel-logout-queue.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Makes a logout token (OIDC Back-Channel Logout 1.0 section 2.4), valid for two minutes.
 * It is signed with the current key and the algorithm of the client's ID tokens.
 * @returns null if the client was removed or has no `backchannel_logout_uri` any more
 */
export async function logoutToken(
  { provider }: CurrentProvider,
  { client: id, sub, sid }: LogoutNotification,
  jti: string,
): Promise<{ uri: string; token: string } | null> {
  const client = await provider.Client.find(id)
  if (!client?.backchannelLogoutUri) return null
  const token = new provider.IdToken({}, { client })
  token.set('sub', sub)
  token.set('jti', jti)
  token.set('events', { [EVENT]: {} })
  if (sid !== null) token.set('sid', sid)
  return { uri: client.backchannelLogoutUri, token: await token.issue({ use: 'logout' }) }
}
