import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from '../provider/library.ts'
import { authenticationProblem } from './authentication-problem.ts'
import { credentialsOf } from './presented-credentials.ts'

/** What an operator needs to know when a client could not authenticate. It contains no secret. */
export interface FailedAuthentication {
  /** The client ID that was sent; null if there was none, or if it may be a secret. */
  client: string | null
  known: boolean
  registeredMethod: string | null
  /** How the client tried to authenticate. */
  usedMethod: string
  problem: string
  fix: string | null
}

/** The endpoints at which a client authenticates. */
const ROUTES = new Set(['token', 'introspection', 'revocation', 'pushed_authorization_request'])

const LONGEST_ID = 100
/** An ID may be logged, but not our secrets (`newSecret`), which an application may send as its ID by mistake. */
const ID = /^[A-Za-z0-9._~-]{1,100}$/
const SECRET = /[\w-]{43}/

/** Describes the failure; null if the request was refused for another reason. */
export async function failedAuthentication(
  ctx: KoaContextWithOIDC,
  error: Error,
): Promise<FailedAuthentication | null> {
  const { route, params, client: found, provider } = ctx.oidc
  // The library sets the client before it checks its credentials; all it refuses before that is about the client too.
  const malformed = error instanceof errors.InvalidRequest && params !== undefined && !found
  if (!ROUTES.has(route) || !(malformed || error instanceof errors.InvalidClientAuth)) return null
  const sent = credentialsOf(ctx)
  const [id] = sent.ids
  const find = async (name: string | null | undefined) =>
    name && name.length <= LONGEST_ID ? await provider.Client.find(name) : undefined
  const client: Client | undefined = found ?? (await find(id))
  const swapped = client ? undefined : await find(sent.secret)
  const { problem, fix } = swapped
    ? { problem: 'the client ID and the secret are swapped', fix: null }
    : await authenticationProblem(sent, client, error)
  return {
    client: (client ?? swapped)?.clientId ?? shown(id),
    known: (client ?? swapped) !== undefined,
    registeredMethod: (client ?? swapped)?.tokenEndpointAuthMethod ?? null,
    usedMethod: sent.ways.join(', ') || 'none',
    problem,
    fix,
  }
}

/** An unknown client ID as it may be logged. */
function shown(id: string | undefined): string | null {
  return id !== undefined && ID.test(id) && !SECRET.test(id) ? id : null
}
