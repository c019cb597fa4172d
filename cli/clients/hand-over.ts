import type { Client } from '../../src/clients/client.ts'
import type { SecretSummary } from '../../src/clients/client-secrets/client-secret.ts'
import type { Work } from '../kit/verb.ts'
import { configurationFor, type Program, toPasteInto } from './programs.ts'

/** Prints the settings of a client with its secret, on standard output alone. It is the only time the secret is shown. */
export function handOver(
  { app, out }: Work,
  { client, secret }: { client: Client; secret: string | null },
  heading: string,
  { program = null, secrets }: { program?: Program | null; secrets?: SecretSummary[] } = {},
): void {
  const { issuer } = app.config
  const once = secret === null ? '' : '\nThe secret is shown only once.'
  const configuration = program && configurationFor(program, issuer, { client, secret })
  const settings =
    program && configuration ? toPasteInto(program, client, configuration) : `${toPaste(client, secret, issuer)}\n`
  const summary = {
    ...{ ...client.summary(), issuer },
    ...(secret === null ? {} : { secret }),
    ...(secrets && { secrets }),
    ...(program ? { preset: program.preset.name, configuration } : {}),
  }
  const warnings = client.warnings.map(warning => `\nIt is registered with ${warning}; see docs/security.md.`).join('')
  out.text(summary, `${heading}${once}${warnings}\n\n${settings}`)
}

/** The settings an application needs, ready to paste: environment variables, and for a machine a token request. */
function toPaste(client: Client, secret: string | null, issuer: string): string {
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
  const credentials = {
    client_secret_basic: '-u "$CLIENT_ID:$CLIENT_SECRET"',
    client_secret_post: '-d client_id="$CLIENT_ID" -d client_secret="$CLIENT_SECRET"',
  }[client.tokenEndpointAuthMethod]
  if (!credentials) return []
  const scope = client.scopes.length > 0 ? ` --data-urlencode scope=${quoted(client.scopes.join(' '))}` : ''
  return [`curl "$ISSUER/token" ${credentials} -d grant_type=client_credentials${scope}`]
}

/** Works in a shell and in a .env file. */
function quoted(text: string): string {
  return /^[\w.,:/@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
