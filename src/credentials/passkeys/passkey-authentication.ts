import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/catalogue.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, WrongCredentials } from '../../base/refusals.ts'
import { Passkey } from './passkey.ts'
import type { Assertion, RequestOptions } from './webauthn.ts'
import type { Aim, Answer, Question } from './webauthn-challenges.ts'
import { assertionResponse, belongsTo } from './webauthn-responses.ts'

interface Proven {
  account: Account
  /** As it was before this use. */
  passkey: Passkey
  /** Whether it checked a finger, a face or a PIN: the passkey alone is then two factors. */
  userVerified: boolean
}

const HOUR_MS = 60 * 60 * 1000

/**
 * Proving who one is with a passkey. Where it is enough by itself it has to make sure of its person; beside a password
 * that is asked for, and not insisted on.
 */
export class PasskeyAuthentication {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'webauthnChallenges' | 'webauthn' | 'emails'>) {
    this.#app = app
  }

  /**
   * For nobody in particular: one passkey that is enough by itself. For an account: one of its own, beside a password.
   * @param among those of the account that count; all of them if nothing is said
   */
  async question(account: Account | null, among?: readonly Passkey[]): Promise<Question<RequestOptions>> {
    const { challenge, token } = this.#app.webauthnChallenges.begin(aimAt(account))
    const allowed = account && (among ?? (await this.#app.em.find(Passkey, { account })))
    return { options: await this.#app.webauthn.requestOptions(challenge, allowed), ceremony: token }
  }

  /**
   * Whose passkey it is, and that they have it here and now. Where that is asked of nobody in particular, a refusal is
   * recorded here; a caller who knows whom they ask records it themselves. Tries are for the caller to count.
   * @param account who it has to be; null: whoever it is, and the passkey alone shows it
   * @param addedBy a passkey that was added after this moment counts for nothing
   * @throws InvalidInput `passkey: 'expired'`; WrongCredentials, alike whether or not there is such a passkey
   */
  async verify(
    { ceremony, response, account = null, addedBy }: Answer & { account?: Account | null; addedBy?: Date },
    { by }: { by: Actor },
  ): Promise<Proven> {
    const begun = await this.#app.webauthnChallenges.spend(
      ceremony,
      account ? [aimAt(account), aimAt(null)] : [aimAt(null)],
    )
    if (!begun) throw new InvalidInput({ passkey: 'expired' })
    const alone = begun.purpose === 'sign-in'
    const answer = assertionResponse(response)
    const passkey = await this.#find(answer?.id ?? '', account, addedBy)
    const said = answer && (await this.#app.webauthn.asserted(answer, begun.challenge, passkey, { verified: alone }))
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

  /** A counter only rises, unless it is none. Where it does not, there are two of the key (section 7.2, step 22). */
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

  /** Told by email too, but once an hour: whoever has the copy fills nobody's inbox. */
  async #alarm({ account, name }: Passkey, { by }: { by: Actor }): Promise<void> {
    const [last] = await this.#app.audit.of(account.id, { kinds: ['factor.passkey-cloned'], limit: 1 })
    const recent = last && this.#app.clock.now().getTime() - last.at.getTime() < HOUR_MS
    await this.#app.atomically(async () => {
      this.#app.audit.record('factor.passkey-cloned', { by, subject: account.id, target: name })
      if (!recent) await this.#app.emails.send('factor-changed', account, { by, change: 'passkey-cloned' })
    })
  }
}

function aimAt(account: Account | null): Aim {
  return account ? { purpose: 'second-factor', accountId: account.id } : { purpose: 'sign-in', accountId: null }
}
