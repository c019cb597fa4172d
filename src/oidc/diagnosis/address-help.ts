import type { Client } from 'oidc-provider'
import { OWN_CLIENT } from '../../clients/client.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { LOOPBACK, redirectUriProblem } from '../../clients/uris.ts'
import { type Comparison, type Difference, nearestAddress, type Part } from './address-difference.ts'

/** How the difference probably came about: the message `developer.advice.ADVICE`. */
type Advice =
  | 'nothing-registered'
  | 'not-registrable'
  | 'behind-proxy'
  | 'typing-error'
  | 'query'
  | 'other-address'
  | 'other-path'

/** An address that is not registered, beside the registered one that is most like it, and both ways to make them equal. */
export interface AddressHelp {
  sent: Part[]
  /** Empty if none is registered. */
  nearest: Part[]
  differences: Difference[]
  advice: Advice
  /** Which of the two is probably the one to change. */
  likely: 'application' | 'registration'
  /** The address for the application; null if none is registered. */
  change: string | null
  /** The options of `clients update` that register the sent address; null if that is not possible. */
  register: string | null
  /** Why it cannot be registered, in English: the end of a sentence that begins with the address. */
  problem: string | null
}

interface Asked {
  client: Client
  parameter: 'redirect_uri' | 'post_logout_redirect_uri'
  address: string
  registered: readonly string[]
}

/** As many, and as long, as a client can have (clients/registration.ts). */
const MOST = 50
const LONGEST = 2000

/** Differences of so few characters, or of these kinds, look like typing errors. */
const FEW = 2
const SLIGHT: ReadonlySet<Difference['kind']> = new Set(['case', 'slash-added', 'slash-missing', 'invisible'])

const IN_THE_APPLICATION: ReadonlySet<Advice> = new Set(['not-registrable', 'behind-proxy', 'typing-error', 'query'])

export function addressHelp(asked: Asked): AddressHelp {
  const { address, registered } = asked
  const nearest = nearestAddress(address, registered)
  const problem = problemOf(asked)
  const advice = adviceFor(nearest, problem)
  return {
    sent: nearest?.parts.sent ?? [{ text: address, differs: false }],
    nearest: nearest?.parts.registered ?? [],
    differences: nearest?.differences ?? [],
    advice,
    likely: IN_THE_APPLICATION.has(advice) ? 'application' : 'registration',
    change: nearest?.registered ?? null,
    register: problem === null ? `--add-${asked.parameter.replaceAll('_', '-')}` : null,
    problem,
  }
}

function problemOf({ client, parameter, address, registered }: Asked): string | null {
  if (client.clientId === OWN_CLIENT) return 'is for the account pages, whose addresses are fixed'
  if (isDocumentAddress(client.clientId)) return 'is not in the client ID metadata document, which is its registration'
  if (parameter === 'redirect_uri' && client.responseTypes?.length === 0)
    return 'is for a client to which no one signs in (profile machine)'
  if (address.length > LONGEST) return `is longer than ${LONGEST} characters`
  return (
    redirectUriProblem(address, client.applicationType === 'native' ? 'native' : 'web') ??
    (registered.length >= MOST ? `would be one too many; ${MOST} are registered already` : null)
  )
}

function adviceFor(nearest: Comparison | null, problem: string | null): Advice {
  if (!nearest) return problem === null ? 'nothing-registered' : 'not-registrable'
  const { differences, distance } = nearest
  if (problem !== null)
    return differences.some(({ sent, registered }) => sent === 'http' && registered === 'https')
      ? 'behind-proxy'
      : 'not-registrable'
  const named = (...kinds: Difference['kind'][]) => differences.some(({ kind }) => kinds.includes(kind))
  const local = differences.some(({ sent, registered }) => LOOPBACK.has(sent) || LOOPBACK.has(registered))
  if (local || named('port', 'port-added', 'port-missing')) return 'other-address'
  if (named('query-added', 'query-missing')) return 'query'
  if (distance <= FEW || differences.every(({ kind }) => SLIGHT.has(kind))) return 'typing-error'
  return named('instead') ? 'other-address' : 'other-path'
}
