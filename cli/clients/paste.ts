import type { Client } from '../../src/clients/client.ts'

/** The settings an application needs, ready to paste: environment variables, and for a machine a token request. */
export function toPaste(client: Client, secret: string | null, issuer: string): string {
  const lines = {
    ISSUER: issuer,
    CLIENT_ID: client.id,
    ...(secret === null ? {} : { CLIENT_SECRET: secret }),
    ...(client.redirectUris[0] === undefined ? {} : { REDIRECT_URI: client.redirectUris[0] }),
  }
  const variables = Object.entries(lines).map(([name, value]) => `${name}=${quoted(value)}`)
  return [...variables, ...(client.profile === 'machine' ? ['', ...request(client)] : [])].join('\n')
}

/** The secret is taken from the environment: a typed one would stay in the shell history. */
function request(client: Client): string[] {
  const scope = client.scopes.length > 0 ? ` --data-urlencode scope=${quoted(client.scopes.join(' '))}` : ''
  const grant = `-d grant_type=client_credentials${scope}`
  switch (client.tokenEndpointAuthMethod) {
    case 'client_secret_basic':
      return [`curl "$ISSUER/token" -u "$CLIENT_ID:$CLIENT_SECRET" ${grant}`]
    case 'client_secret_post':
      return [`curl "$ISSUER/token" -d client_id="$CLIENT_ID" -d client_secret="$CLIENT_SECRET" ${grant}`]
    default:
      return []
  }
}

/** Works in a shell and in a .env file. */
function quoted(text: string): string {
  return /^[\w.,:/@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
