import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'

/** Seconds for which a browser waits for the person to use their passkey. */
export const CEREMONY_TTL = 5 * 60

const SEALED = 'passkey ceremony'

/** What a challenge is for, and whose answer is accepted; for `sign-in` that of any account. */
export type Aim =
  | { purpose: 'registration' | 'second-factor'; accountId: string }
  | { purpose: 'sign-in'; accountId: null }

type Ceremony = Aim & { challenge: string; expires: number }

/** What a browser sends: the token that came with the options, and the response as JSON, parsed or not. */
export interface Answer {
  ceremony: string
  response: unknown
}

/** What a browser gets: the options, and a token to send back with its response, once and within five minutes. */
export interface Question<Options> {
  options: Options
  ceremony: string
}

/**
 * WebAuthn challenges (section 13.4.3). The form carries the challenge in an encrypted token, so nothing is stored for
 * challenges that are never answered. An answered one is marked as used until it would have expired.
 */
export class WebAuthnChallenges {
  readonly #app

  constructor(app: Needs<'sealing' | 'replayMarks' | 'clock'>) {
    this.#app = app
  }

  /** @returns the challenge, 256 random bits in base64url, and the token that has to come back with the response */
  begin(aim: Aim): { challenge: string; token: string } {
    const challenge = newSecret()
    const ceremony: Ceremony = { ...aim, challenge, expires: this.#now() + CEREMONY_TTL * 1000 }
    return { challenge, token: this.#app.sealing.seal(JSON.stringify(ceremony), SEALED) }
  }

  /**
   * Each token is accepted once, whether the response is right or wrong, and also if two arrive at once.
   * @returns null if the token has expired, was used, is not ours, or was made for none of these
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
      return JSON.parse(this.#app.sealing.loadEnabled(token, SEALED))
    } catch {
      return null
    }
  }

  #now(): number {
    return this.#app.clock.now().getTime()
  }
}
