import type { Needs } from '../base/nouns.ts'
import type { Answer } from './answer.ts'

/** Seconds within which the page it is for has to take it. */
const TTL = 15 * 60

const KIND = 'UpstreamLanding'
const PURPOSE = 'upstream landing'

/** What somebody has brought back from a provider. */
export interface Landing {
  providerId: string
  answer: Answer
  /** When they set out, epoch seconds. */
  begunAt: number
}

/** What came back from providers, until the page that it is for takes it: one a place, sealed, taken once. */
export class Landings {
  readonly #app

  constructor(app: Needs<'artifacts' | 'sealing'>) {
    this.#app = app
  }

  /** @param place names what it is for, and the browser */
  async keep(place: string, landing: Landing): Promise<void> {
    const payload = { sealed: this.#app.sealing.seal(JSON.stringify(landing), PURPOSE) }
    await this.#app.artifacts.commit([{ do: 'put', kind: KIND, id: place, payload, ttl: TTL }])
  }

  async take(place: string): Promise<Landing | null> {
    const kept = await this.#app.artifacts.get(KIND, place)
    if (!kept) return null
    const first = await this.#app.artifacts.commit([{ do: 'drop', kind: KIND, id: place, ifPresent: true }])
    return first ? JSON.parse(this.#app.sealing.open(String(kept.sealed), PURPOSE)) : null
  }
}
