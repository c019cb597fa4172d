import { keptKind } from '../storage/artifacts/kept.ts'
import type { Sent } from './sent-parameters.ts'

/** Why a request was refused, in plain words. */
export interface Explanation {
  /** The code that the sender of the request was given: `invalid_redirect_uri`. */
  error: string
  problem: string
  /** What the request should have been, in sentences or clauses. */
  expected: string[]
  /** What to do about it; null if there is nothing more to say. */
  fix: string | null
}

/** What the handlers of a request learn about it while they answer. */
export interface RequestNotes {
  client?: string | null | undefined
  account?: string | null | undefined
  /** The error that the request was refused with. */
  error?: unknown
  /** The JSON that was sent, of which nothing is shown. */
  body?: unknown
  /** The error in words, where the handler knows more than the error says. */
  explanation?: Promise<Explanation>
}

/** A refused request, as it is kept. It contains no secret. */
export interface RefusedRequest extends Explanation {
  /** When it was answered. */
  at: string
  method: string
  /** The pattern of the path, such as `/interaction/:uid/sign-in`. */
  route: string
  status: number
  client: string | null
  account: string | null
  sent: Sent[]
  /** The number of parameters whose names are not known, and therefore not shown. */
  others: number
}

/** Seconds. */
export const KEPT_FOR = 24 * 60 * 60

export const REFUSED_REQUEST = keptKind<RefusedRequest>('RefusedRequest', { ttl: KEPT_FOR })

/** Bytes of a record, and the lengths of texts that are tried until it is no longer than that. */
const MOST = 4096
const LENGTHS = [400, 160, 60]
const MOST_SENT = 40

/** The record with its texts shortened, so that it has a known maximum size. */
export function shortened(refused: RefusedRequest): RefusedRequest {
  const shorter = LENGTHS.map(length => cut({ ...refused, sent: refused.sent.slice(0, MOST_SENT) }, length))
  return shorter.find(each => Buffer.byteLength(JSON.stringify(each)) <= MOST) ?? { ...shorter.at(-1)!, sent: [] }
}

function cut(refused: RefusedRequest, length: number): RefusedRequest {
  const short = (text: string) => (text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text)
  return {
    ...refused,
    problem: short(refused.problem),
    expected: refused.expected.slice(0, 6).map(short),
    // A command that is cut off would do something else.
    fix: refused.fix !== null && refused.fix.length > 2 * length ? null : refused.fix,
    sent: refused.sent.map(({ name, value }) => ({ name, value: value && short(value) })),
  }
}
