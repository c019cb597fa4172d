import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'

/** Seconds: as long as browsers wait for somebody to find their key. */
export const CEREMONY_TTL = 5 * 60

const SEALED = 'passkey ceremony'

/** What a challenge was made for, and whose answer to it counts; `sign-in` is for whoever holds the key. */
export type Aim =
  | { purpose: 'registration' | 'second-factor'; accountId: string }
  | { purpose: 'sign-in'; accountId: null }

type Ceremony = Aim & { challenge: string; expires: number }

/** What a browser sends: the token that came with the options, and its answer as JSON, parsed or not. */
export interface Answer {
  ceremony: string
  response: unknown
}

/** For the browser: what it is asked, and the token that comes back with its answer, once, within five minutes. */
export interface Question<Options> {
  options: Options
  ceremony: string
}

/**
 * What passes between a challenge and its answer (WebAuthn section 13.4.3). The token goes through the form, sealed, so
 * that nothing is kept for those who never answer; of the answered ones a mark stays until they would have expired.
 */
export class WebAuthnChallenges {
  readonly #app

  constructor(app: Needs<'sealing' | 'replayMarks' | 'clock'>) {
    this.#app = app
  }

  /** @returns the challenge: 256 random bits, base64url; and the token that has to come back with the answer */
  begin(aim: Aim): { challenge: string; token: string } {
    const challenge = newSecret()
    const ceremony: Ceremony = { ...aim, challenge, expires: this.#now() + CEREMONY_TTL * 1000 }
    return { challenge, token: this.#app.sealing.seal(JSON.stringify(ceremony), SEALED) }
  }

  /**
   * Each answer is looked at once, right or wrong; of two at once one.
   * @returns null where the token has expired, was spent, is not ours, or was made for none of these
   */
  async spend(token: string, accepted: readonly Aim[]): Promise<Ceremony | null> {
    const ceremony = this.#open(token)
    const fits = ({ purpose, accountId }: Aim) => ceremony?.purpose === purpose && ceremony.accountId === accountId
    if (!ceremony || !accepted.some(fits)) return null
    const left = ceremony.expires - this.#now()
    if (left <= 0) return null
    const fresh = await this.#app.replayMarks.use('Ceremony', ceremony.challenge, left / 1000)
    return fresh ? ceremony : null
  }

  #open(token: string): Ceremony | null {
    try {
      return JSON.parse(this.#app.sealing.open(token, SEALED))
    } catch {
      return null
    }
  }

  #now(): number {
    return this.#app.clock.now().getTime()
  }
}
