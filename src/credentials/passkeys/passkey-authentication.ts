import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/catalogue.ts'
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
 * Authentication with a passkey. As the only factor it must verify its user; beside a password that is preferred, but
 * not required.
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
    const { challenge, token } = this.#app.webauthnChallenges.create(aimAt(account))
    const allowed = account && (among ?? (await this.#app.em.find(Passkey, { account })))
    return { options: await this.#app.webauthn.requestOptions(challenge, allowed), challengeToken: token }
  }

  /**
   * Verifies that the person holds the passkey now. Without an account a refusal is recorded here; with one, the caller
   * records it. The caller limits the attempts.
   * @param account the account that it has to belong to; null: the passkey identifies the account
   * @param addedBy a passkey that was added after this moment is not accepted
   * @throws InvalidInput `passkey: 'expired'`; WrongCredentials, alike whether or not there is such a passkey
   */
  async verify(
    {
      challengeToken,
      response,
      account = null,
      addedBy,
    }: ChallengeResponse & { account?: Account | null; addedBy?: Date },
    { by }: { by: Actor },
  ): Promise<VerifiedPasskey> {
    const begun = await this.#app.webauthnChallenges.spend(
      challengeToken,
      account ? [aimAt(account), aimAt(null)] : [aimAt(null)],
    )
    if (!begun) throw new InvalidInput({ passkey: 'expired' })
    const alone = begun.purpose === 'sign-in'
    const answer = assertionResponse(response)
    const passkey = await this.#find(answer?.id ?? '', account, addedBy)
    const said =
      answer && (await this.#app.webauthn.verifyAssertion(answer, begun.challenge, passkey, { verified: alone }))
    const refuse = async (reason: Reason<'factor.passkey-refused'>): Promise<never> => {
      const about = { subject: passkey?.account.id ?? null, target: passkey?.name ?? null }
      if (!account) await this.#app.audit.write('factor.passkey-refused', { by, ...about, reason })
      throw new WrongCredentials()
    }
    if (!passkey) return refuse('unknown')
    if (!said || !belongsTo(answer, passkey.account, { named: alone })) return refuse('wrong')
    if (!passkey.account.active) return refuse('suspended')
    if (said.backupEligible !== passkey.backupEligible) return refuse('changed')
    await this.#use(passkey, said, { by })
    return { account: passkey.account, passkey, userVerified: said.userVerified }
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
    await this.#alarm(passkey, { by })
    throw new WrongCredentials()
  }

  /** Also sends an email, but at most once an hour, so that the holder of the copy cannot flood the inbox. */
  async #alarm({ account, name }: Passkey, { by }: { by: Actor }): Promise<void> {
    const [last] = await this.#app.audit.of(account.id, { kinds: ['factor.passkey-cloned'], limit: 1 })
    const recent = last && this.#app.clock.now().getTime() - last.at.getTime() < HOUR_MS
    await this.#app.atomically(async () => {
      this.#app.audit.record('factor.passkey-cloned', { by, subject: account.id, target: name })
      if (!recent) await this.#app.emails.send('factor-changed', account, { by, change: 'passkey-cloned' })
    })
  }
}

function aimAt(account: Account | null): ChallengePurpose {
  return account ? { purpose: 'second-factor', accountId: account.id } : { purpose: 'sign-in', accountId: null }
}
