import type { LogoutNotification } from '../../sessions/backchannel-logout.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * The logout token of OIDC Back-Channel Logout 1.0 section 2.4, signed as the client's ID tokens are, with the key of
 * now; it lives for two minutes. @returns null where the client is gone, or does not want to be told any more
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
