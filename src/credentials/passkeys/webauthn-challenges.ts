import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'

/** Seconds for which a browser waits for the person to use their passkey. */
export const CHALLENGE_TTL = 5 * 60

const SEALED = 'webauthn challenge'

/** What a challenge is for, and whose passkeys are accepted; for `sign-in` those of any account. */
export type ChallengePurpose =
  | { purpose: 'registration' | 'second-factor'; accountId: string }
  | { purpose: 'sign-in'; accountId: null }

type Challenge = ChallengePurpose & { challenge: string; expires: number }

/** What a browser sends: the token that came with the options, and the response, as an object or as JSON text. */
export interface ChallengeResponse {
  challengeToken: string
  response: unknown
}

/** What a browser gets: the options, and a token to send back with its response, once and within five minutes. */
export interface ChallengeOptions<Options> {
  options: Options
  challengeToken: string
}

/**
 * WebAuthn challenges (section 13.4.3). The form carries the challenge in an encrypted token, so nothing is stored for
 * challenges that get no response. A used one is marked as used until it would have expired.
 */
export class WebAuthnChallenges {
  readonly #app

  constructor(app: Needs<'sealing' | 'replayMarks' | 'clock'>) {
    this.#app = app
  }

  /** @returns the challenge, 256 random bits in base64url, and the token that has to come back with the response */
  create(purpose: ChallengePurpose): { challenge: string; token: string } {
    const challenge = newSecret()
    const expires = this.#app.clock.now().getTime() + CHALLENGE_TTL * 1000
    return { challenge, token: this.#app.sealing.sealJson({ ...purpose, challenge, expires }, SEALED) }
  }

  /**
   * Each token is accepted once, whether the response is right or wrong, and also if two arrive at once.
   * @returns null if the token has expired, was used, is not ours, or was made for none of these
   */
  async spend(token: string, accepted: readonly ChallengePurpose[]): Promise<Challenge | null> {
    const made = this.#app.sealing.openJson<Challenge>(token, SEALED)
    const fits = ({ purpose, accountId }: ChallengePurpose) => made?.purpose === purpose && made.accountId === accountId
    if (!made || !accepted.some(fits)) return null
    const left = made.expires - this.#app.clock.now().getTime()
    if (left <= 0) return null
    const unused = await this.#app.replayMarks.use('WebAuthnChallenge', made.challenge, left / 1000)
    return unused ? made : null
  }
}
