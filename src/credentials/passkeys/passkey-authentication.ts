import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/details.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, WrongCredentials } from '../../base/refusals.ts'
import { Passkey } from './passkey.ts'
import type { Assertion, RequestOptions } from './webauthn.ts'
import type { ChallengeOptions, ChallengePurpose, ChallengeResponse } from './webauthn-challenges.ts'
import { assertionResponse, belongsTo } from './webauthn-responses.ts'

interface VerifiedPasskey {
  account: Account
  /** The passkey before this use. */
  passkey: Passkey
  /** Whether the authenticator checked a fingerprint, a face or a PIN; the passkey then counts as two factors. */
  userVerified: boolean
}

const HOUR_MS = 60 * 60 * 1000

/**
 * Authentication with a passkey. As the only factor it must verify its user; as a second factor, user verification is
 * preferred but not required.
 */
export class PasskeyAuthentication {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'webauthnChallenges' | 'webauthn' | 'emails'>) {
    this.#app = app
  }

  /**
   * Without an account, asks for any passkey, as the only factor. With one, asks for a passkey of the account, as the
   * second factor.
   * @param among the passkeys of the account that are accepted; all of them by default
   */
  async options(account: Account | null, among?: readonly Passkey[]): Promise<ChallengeOptions<RequestOptions>> {
    const { challenge, token } = this.#app.webauthnChallenges.create(purposeFor(account))
    const allowed = account && (among ?? (await this.#app.em.find(Passkey, { account })))
    return { options: await this.#app.webauthn.requestOptions(challenge, allowed), challengeToken: token }
  }

  /**
   * Verifies that the person holds the passkey now. Without an account a refusal is recorded here; with one, the caller
   * records it. The caller limits the attempts.
   * @param account the account that it has to belong to; null: the passkey identifies the account
   * @param addedBy a passkey that was added after this moment is not accepted
   * @throws InvalidInput `passkey: 'expired'`; WrongCredentials, whether or not there is such a passkey
   */
  async verify(
    sent: ChallengeResponse & { account?: Account | null; addedBy?: Date },
    { by }: { by: Actor },
  ): Promise<VerifiedPasskey> {
    const { account = null, addedBy } = sent
    const accepted = account ? [purposeFor(account), purposeFor(null)] : [purposeFor(null)]
    const made = await this.#app.webauthnChallenges.spend(sent.challengeToken, accepted)
    if (!made) throw new InvalidInput({ passkey: 'expired' })
    const alone = made.purpose === 'sign-in'
    const response = assertionResponse(sent.response)
    const passkey = await this.#find(response?.id ?? '', account, addedBy)
    const assertion =
      response && (await this.#app.webauthn.verifyAssertion(response, made.challenge, passkey, { verified: alone }))
    const refuse = async (reason: Reason<'factor.passkey-refused'>): Promise<never> => {
      const about = { subject: passkey?.account.id ?? null, target: passkey?.name ?? null }
      if (!account) await this.#app.audit.write('factor.passkey-refused', { by, ...about, reason })
      throw new WrongCredentials()
    }
    if (!passkey) return refuse('unknown')
    if (!assertion || !belongsTo(response, passkey.account, { named: alone })) return refuse('wrong')
    if (!passkey.account.active) return refuse('suspended')
    if (assertion.backupEligible !== passkey.backupEligible) return refuse('changed')
    await this.#use(passkey, assertion, { by })
    return { account: passkey.account, passkey, userVerified: assertion.userVerified }
  }

  #find(credentialId: string, account: Account | null, addedBy: Date | undefined): Promise<Passkey | null> {
    const which = { credentialId, ...(account && { account }), ...(addedBy && { createdAt: { $lte: addedBy } }) }
    return this.#app.em.findOne(Passkey, which, { populate: ['account'] })
  }

  /** A counter only increases, unless it is always 0. If it does not, the key was cloned (section 7.2, step 22). */
  async #use(passkey: Passkey, { counter, backedUp }: Assertion, { by }: { by: Actor }): Promise<void> {
    const used = await this.#app.em.nativeUpdate(
      Passkey,
      { id: passkey.id, counter: counter === 0 ? 0 : { $lt: counter } },
      { counter, backedUp, lastUsedAt: this.#app.clock.now() },
    )
    if (used === 1) return
    await this.#reportClone(passkey, { by })
    throw new WrongCredentials()
  }

  /** Also sends an email, but at most once an hour, so that the holder of the copy cannot flood the inbox. */
  async #reportClone({ account, name }: Passkey, { by }: { by: Actor }): Promise<void> {
    const [last] = await this.#app.audit.of(account.id, { kinds: ['factor.passkey-cloned'], limit: 1 })
    const recent = last && this.#app.clock.now().getTime() - last.at.getTime() < HOUR_MS
    await this.#app.atomically(async () => {
      this.#app.audit.record('factor.passkey-cloned', { by, subject: account.id, target: name })
      if (!recent) await this.#app.emails.send('factor-changed', account, { by, change: 'passkey-cloned' })
    })
  }
}

function purposeFor(account: Account | null): ChallengePurpose {
  return account ? { purpose: 'second-factor', accountId: account.id } : { purpose: 'sign-in', accountId: null }
}
