import type { Client, Provider } from 'oidc-provider'

/**
 * Whether an authorization request names an existing client and a redirect URI that is registered for it.
 * With a `request_uri`, the redirect URI was checked when the request was pushed.
 */
export async function hasRegisteredRedirectUri(provider: Provider, parameters: URLSearchParams): Promise<boolean> {
  const [id, redirectUri] = [parameters.getAll('client_id'), parameters.getAll('redirect_uri')]
  if (id.length !== 1 || redirectUri.length > 1) return false
  const client = await provider.Client.find(id[0]!)
  if (!client) return false
  return redirectUri.length === 1 ? client.redirectUriAllowed(redirectUri[0]!) : parameters.has('request_uri')
}

/** The web origins of an application: those of its redirect URIs. */
export function webOrigins({ redirectUris = [] }: Client): string[] {
  return redirectUris.map(uri => URL.parse(uri)?.origin ?? 'null').filter(origin => origin !== 'null')
}
