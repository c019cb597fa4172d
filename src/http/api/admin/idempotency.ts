import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Conflict, InvalidInput } from '../../../base/refusals.ts'
import { digest } from '../../../base/secrets.ts'
import { type Kept, keptKind } from '../../../storage/artifacts/kept.ts'

export interface Answered {
  status: number
  body: unknown
}

const DAY = 24 * 60 * 60
/** Sealed, since an answer may contain a new secret. */
const RESPONSE = keptKind<{ request: string; answered: Answered }>('IdempotentResponse', {
  ttl: DAY,
  sealed: 'by-server',
})
/** Held while the request is being answered. If its process dies, the key can be used again after these seconds. */
const CLAIM = keptKind<{ owner: string }>('IdempotencyClaim', { ttl: 10 * 60 })

/** Milliseconds that a repeated request waits for the first one to be answered. */
const PATIENCE = 10_000
const INTERVAL = 50

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * Answers a request that is sent again with the same Idempotency-Key as the first time, without doing it again
 * (draft-ietf-httpapi-idempotency-key-header). Only successful answers are remembered, for a day: after a refusal the same
 * key can be used for the corrected request.
 */
export class Idempotency {
  readonly #kept: Kept

  constructor({ kept }: { kept: Kept }) {
    this.#kept = kept
  }

  /**
   * @param key as sent @param caller whose key it is: those of different callers are different
   * @param request everything that the answer depends on
   * @returns the answer, and whether it was given before
   * @throws InvalidInput if the key was used for another request; Conflict if that is still being answered
   */
  async once(
    { key, caller, request }: { key: string; caller: string; request: string },
    work: () => Promise<Answered>,
  ): Promise<Answered & { replayed: boolean }> {
    if (!KEY.test(key)) throw invalidKey('must be 1 to 255 visible ASCII characters')
    const id = digest(`${caller} ${key}`)
    const sent = digest(request)
    const owner = randomUUID()
    const claimed = () => this.#kept.putFirst(CLAIM, id, { owner })
    for (let waited = 0; !(await claimed()); waited += INTERVAL) {
      const earlier = await this.#earlier(id, sent)
      if (earlier) return earlier
      if (waited >= PATIENCE) throw new Conflict('a request with this Idempotency-Key is still being answered')
      await pause(INTERVAL)
    }
    try {
      const earlier = await this.#earlier(id, sent)
      if (earlier) return earlier
      const answered = await work()
      await this.#kept.put(RESPONSE, id, { request: sent, answered })
      return { ...answered, replayed: false }
    } finally {
      await this.#kept.take(CLAIM, id, claim => claim.owner === owner)
    }
  }

  async #earlier(id: string, sent: string): Promise<(Answered & { replayed: true }) | null> {
    const kept = await this.#kept.look(RESPONSE, id)
    if (kept && kept.request !== sent) throw invalidKey('was used for another request; use a new one')
    return kept && { ...kept.answered, replayed: true }
  }
}

function invalidKey(problem: string): InvalidInput {
  return new InvalidInput({ 'Idempotency-Key': problem })
}
