import type { Client, errors } from 'oidc-provider'
import { clientCommand, registrationChange } from '../../clients/client-command.ts'
import { matching } from '../../clients/client-secrets/client-secret.ts'
import type { Credentials } from './presented-credentials.ts'

interface Problem {
  problem: string
  /** What to do, in the application or with a command. */
  fix: string | null
}

const SEND_BASIC = 'send the client ID and the secret in the Authorization header (HTTP Basic)'

/** What is wrong with the credentials that a client has sent, and what mends it. */
export async function authenticationProblem(
  sent: Credentials,
  client: Client | undefined,
  error: Error,
): Promise<Problem> {
  const { ids, ways } = sent
  if (ways.includes('Authorization header'))
    return { problem: 'the Authorization header is not "Basic" and the base64 of "ID:secret"', fix: SEND_BASIC }
  if (ways.length > 1) return { problem: 'the client authenticates in several ways at once', fix: 'use one of them' }
  if (ids.length > 1) return { problem: 'two different client IDs were sent', fix: null }
  if (ids.length === 0 || ids[0] === '') return { problem: reasonOf(error), fix: SEND_BASIC }
  if (!client) return { problem: 'there is no client with this ID', fix: 'gatehouse clients list' }
  const registered = client.tokenEndpointAuthMethod ?? 'client_secret_basic'
  const used = ways.includes('assertion') ? 'assertion' : ways.length > 0 ? 'secret' : 'none'
  if (registered === 'none') return ofPublicClient(client, used, error)
  if (registered === 'private_key_jwt') return ofKeyClient(client, used, error)
  return ofSecretClient(client, used, sent.secret, error)
}

function ofPublicClient({ clientId, clientSecret }: Client, used: string, error: Error): Problem {
  if (used === 'none') return { problem: reasonOf(error), fix: null }
  if (used === 'assertion')
    return { problem: 'an assertion was sent, but the client is public', fix: usingKeys(clientId) }
  return {
    problem: 'a secret was sent, but the client is public and has none',
    fix: `leave out the secret in the application${clientSecret ? `, or ${usingSecret(clientId)}` : ''}`,
  }
}

function ofKeyClient({ clientId, clientSecret }: Client, used: string, error: Error): Problem {
  if (used === 'assertion')
    return { problem: `the assertion was refused: ${reasonOf(error)}`, fix: clientCommand('show', clientId) }
  const sign = 'sign an assertion with a registered key'
  return {
    problem:
      used === 'none' ? 'no assertion was sent' : 'a secret was sent, but the client is registered for assertions',
    fix: clientSecret ? `${sign}, or ${usingSecret(clientId)}` : sign,
  }
}

async function ofSecretClient(client: Client, used: string, secret: string | null, error: Error): Promise<Problem> {
  const { clientId, grantTypes = [] } = client
  if (used === 'assertion')
    return { problem: 'an assertion was sent, but the client is registered for a secret', fix: usingKeys(clientId) }
  if (!secret) {
    const problem = used === 'none' ? 'no secret was sent' : 'the secret is empty'
    const canBePublic = grantTypes.includes('authorization_code')
    const asPublic = `, or, for an application that cannot keep one, ${registrationChange(clientId, '--auth-method', 'none', '--pkce', 'required')}`
    return { problem, fix: `${SEND_BASIC}${canBePublic ? asPublic : ''}` }
  }
  if (await client.compareClientSecret(secret)) return { problem: reasonOf(error), fix: null }
  // For the log alone: the response is the same as to a wrong secret.
  if (matching(client.secrets ?? [], secret)) {
    const [list, rotate] = [clientCommand('secrets list', clientId), clientCommand('rotate-secret', clientId)]
    return { problem: 'the secret has expired', fix: `use the newer one (${list}), or make another: ${rotate}` }
  }
  const bare = secret.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (bare !== secret && (await client.compareClientSecret(bare)))
    return { problem: 'the secret has quotes or white space around it', fix: 'remove them in the application' }
  return { problem: 'the secret is wrong', fix: clientCommand('rotate-secret', clientId) }
}

function usingSecret(id: string): string {
  return registrationChange(id, '--auth-method', 'client_secret_basic')
}

function usingKeys(id: string): string {
  return registrationChange(id, '--auth-method', 'private_key_jwt', '--jwks-uri', 'URL')
}

/** The library's own words; the cause is why a signature or a time was not accepted. */
function reasonOf(error: Error): string {
  const { error_detail: detail, error_description: description } = error as Partial<errors.OIDCProviderError>
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return detail ?? cause ?? description ?? error.message
}
