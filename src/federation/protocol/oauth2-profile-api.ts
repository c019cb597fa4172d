import type { Claims } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

/** Reads the profile of the person from the API of a provider without OpenID Connect. */
export async function fetchProfile(
  fetch: UpstreamFetch,
  provider: IdentityProvider,
  accessToken: string,
): Promise<Claims> {
  const { userinfo, emails } = provider.endpoints!
  const claims = await request(fetch, provider, userinfo, accessToken)
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new UpstreamFailure('broken', 'the response of its userinfo endpoint is not an object')
  if (!emails) return claims as Claims
  return { ...claims, ...primaryEmail(await request(fetch, provider, emails, accessToken)) }
}

async function request(
  fetch: UpstreamFetch,
  { kind, clientId }: IdentityProvider,
  url: string,
  accessToken: string,
): Promise<unknown> {
  const { apiAuthentication = 'Bearer' } = presetOf(kind).quirks
  const headers = { accept: 'application/json', 'user-agent': 'gatehouse' }
  const response =
    apiAuthentication === 'form'
      ? await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ client_id: clientId, access_token: accessToken }).toString(),
        })
      : await fetch(url, {
          method: 'GET',
          headers: { ...headers, authorization: `${apiAuthentication} ${accessToken}` },
        })
  const { host } = new URL(url)
  if (response.status !== 200) throw new UpstreamFailure('broken', `the API at ${host} answered ${response.status}`)
  try {
    return await response.json()
  } catch {
    throw new UpstreamFailure('broken', `the response of the API at ${host} is not JSON`)
  }
}

/**
 * The primary address of a list such as GitHub's (`GET /user/emails`), as OpenID Connect claims. They replace the email in
 * the profile, which may be another one.
 */
function primaryEmail(list: unknown): Claims {
  const entries: unknown[] = Array.isArray(list) ? list : []
  const primary = entries.filter(isEntry).find(entry => entry.primary === true)
  return { email: primary?.email ?? null, email_verified: primary?.verified === true }
}

function isEntry(entry: unknown): entry is { email: string; primary?: unknown; verified?: unknown } {
  return typeof entry === 'object' && entry !== null && 'email' in entry && typeof entry.email === 'string'
}

const MAX_NAME_LENGTH = 2_000

/**
 * The name that Apple adds to the callback, only at the first sign-in. It comes through the browser, which could change it,
 * so nothing else is read from it.
 */
export function nameFromCallback(parameters: URLSearchParams, nameParameter: string | undefined): Claims {
  const text = nameParameter ? parameters.get(nameParameter) : null
  if (!text || text.length > MAX_NAME_LENGTH) return {}
  try {
    const { name } = JSON.parse(text) as { name?: { firstName?: unknown; lastName?: unknown } }
    return { given_name: name?.firstName, family_name: name?.lastName }
  } catch {
    return {}
  }
}
