import type { Claims } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

/** Providers of plain OAuth 2.0 say who somebody is through an API of their own, each in its own way. */
export async function fetchProfile(
  fetch: UpstreamFetch,
  provider: IdentityProvider,
  accessToken: string,
): Promise<Claims> {
  const { userinfo, emails } = provider.endpoints!
  const claims = await ask(fetch, provider, userinfo, accessToken)
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new UpstreamFailure('broken', 'its userinfo endpoint answered with something that is not an object')
  if (!emails) return claims as Claims
  return { ...claims, ...primaryEmail(await ask(fetch, provider, emails, accessToken)) }
}

async function ask(
  fetch: UpstreamFetch,
  { kind, clientId }: IdentityProvider,
  url: string,
  accessToken: string,
): Promise<unknown> {
  const way = presetOf(kind).quirks?.apiAuthentication
  const accept = { accept: 'application/json', 'user-agent': 'gatehouse' }
  const response =
    way === 'form'
      ? await fetch(url, {
          method: 'POST',
          headers: { ...accept, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ client_id: clientId, access_token: accessToken }).toString(),
        })
      : await fetch(url, { method: 'GET', headers: { ...accept, authorization: `${way ?? 'Bearer'} ${accessToken}` } })
  const { host } = new URL(url)
  if (response.status !== 200) throw new UpstreamFailure('broken', `${host} answered its API with ${response.status}`)
  try {
    return await response.json()
  } catch {
    throw new UpstreamFailure('broken', `${host} answered with something that is not JSON`)
  }
}

/**
 * Of a list such as GitHub's (`GET /user/emails`): the primary address, and whether it is verified, as claims of OpenID
 * Connect. What the profile says of an address is not taken for either.
 */
function primaryEmail(list: unknown): Claims {
  const entries: unknown[] = Array.isArray(list) ? list : []
  const primary = entries.find(entry => isEntry(entry) && entry.primary === true)
  return isEntry(primary)
    ? { email: primary.email, email_verified: primary.verified === true }
    : { email: null, email_verified: false }
}

function isEntry(entry: unknown): entry is { email: string; primary?: unknown; verified?: unknown } {
  return typeof entry === 'object' && entry !== null && 'email' in entry && typeof entry.email === 'string'
}

const LONGEST = 2_000

/**
 * The name as Apple tells it, beside the code and once in a lifetime. It comes through the person's browser, so nothing but
 * a name is taken from it.
 */
export function nameFromCallback(parameters: URLSearchParams, nameIn: string | undefined): Claims {
  const text = nameIn ? parameters.get(nameIn) : null
  if (!text || text.length > LONGEST) return {}
  try {
    const { name } = JSON.parse(text) as { name?: { firstName?: unknown; lastName?: unknown } }
    return { given_name: name?.firstName, family_name: name?.lastName }
  } catch {
    return {}
  }
}
