import type { AuditEvent } from '../audit/event.ts'
import { type ListedEvent, listed } from '../audit/listed-event.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { translatorFor } from '../i18n/translator.ts'
import { KEPT_FOR, type RefusedRequest } from './refused-request.ts'

/** What is known about a request. */
export interface RequestReport {
  id: string
  /** Null if it was not refused, or was refused too long ago. */
  refusal: RefusedRequest | null
  /** Oldest first. */
  events: (ListedEvent & { words: string })[]
}

const LONGEST_ID = 128
const MOST_EVENTS = 1000
export const HOURS = KEPT_FOR / 3600

/** Explains requests by their IDs. */
export class RequestReports {
  readonly #app

  constructor(app: Needs<'audit' | 'refusedRequests'>) {
    this.#app = app
  }

  /** @throws NotFound that says where else to look */
  async explain(id: string): Promise<RequestReport> {
    const { audit, refusedRequests } = this.#app
    if (id === '' || id.length > LONGEST_ID || !isText(id)) throw unknown()
    const [refusal, events] = await Promise.all([
      refusedRequests.find(id),
      audit.of(null, { request: id, limit: MOST_EVENTS }),
    ])
    if (refusal === null && events.length === 0) throw unknown()
    return { id, refusal, events: events.reverse().map(event => ({ ...listed(event), words: inWords(event) })) }
  }
}

/** `Wrong password` */
function inWords({ kind, reason, target }: AuditEvent): string {
  const english = translatorFor('en')
  const keys = [`history.${kind}.${reason}`, `history.${kind}`]
  const names = { kind, target: target ?? '', client: target ?? '', provider: target ?? '' }
  return english.t(keys.find(key => english.has(key)) ?? 'history.other', names)
}

/** Does not repeat the ID, since people paste all kinds of things. */
function unknown(): NotFound {
  return new NotFound(
    `nothing is known about a request with this ID: refused requests are explained for ${HOURS} hours, as far as the limits ` +
      'for their number allow, and others only if they left audit events; look for the ID in the log (requestId)',
  )
}
