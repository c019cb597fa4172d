import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { isId, newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, NotFound } from '../../base/refusals.ts'
import { authenticatorName } from './aaguid-names.ts'
import { cleanPasskeyName, Passkey } from './passkey.ts'
import type { CreationOptions } from './webauthn.ts'
import type { ChallengeOptions, ChallengeResponse } from './webauthn-challenges.ts'
import { registrationResponse } from './webauthn-responses.ts'

/** Per account. */
export const MOST_PASSKEYS = 20

/** The passkeys of accounts: registration, names and removal. passkey-authentication.ts signs in with one. */
export class Passkeys {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'webauthnChallenges' | 'webauthn'>) {
    this.#app = app
  }

  /** Oldest first. */
  of(account: Account | string): Promise<Passkey[]> {
    const id = typeof account === 'string' ? account : account.id
    return this.#app.em.find(Passkey, { account: id }, { orderBy: { id: 'asc' } })
  }

  async registrationOptions(account: Account): Promise<ChallengeOptions<CreationOptions>> {
    const { challenge, token } = this.#app.webauthnChallenges.create({ purpose: 'registration', accountId: account.id })
    const options = await this.#app.webauthn.creationOptions(account, challenge, await this.of(account))
    return { options, challengeToken: token }
  }

  /** @throws InvalidInput `passkey: 'expired' | 'refused' | 'taken' | 'too-many'`, `name: 'too-long'` */
  async register(
    account: Account,
    { challengeToken, response, name }: ChallengeResponse & { name?: string | undefined },
    { by }: { by: Actor },
  ): Promise<Passkey> {
    const purpose = { purpose: 'registration', accountId: account.id } as const
    const made = await this.#app.webauthnChallenges.spend(challengeToken, [purpose])
    if (!made) throw new InvalidInput({ passkey: 'expired' })
    const parsed = registrationResponse(response)
    const verified = parsed && (await this.#app.webauthn.verifyRegistration(parsed, made.challenge))
    if (!verified) throw new InvalidInput({ passkey: 'refused' })
    if ((await this.of(account)).length >= MOST_PASSKEYS) throw new InvalidInput({ passkey: 'too-many' })

    const passkey = new Passkey()
    Object.assign(passkey, verified, {
      id: newId(this.#app.clock.now()),
      account,
      name: cleanPasskeyName(name) ?? authenticatorName(verified.aaguid, by.userAgent),
      createdAt: this.#app.clock.now(),
    })
    this.#app.em.persist(passkey)
    this.#app.audit.record('factor.passkey-added', { by, subject: account.id, target: passkey.name })
    try {
      await this.#app.em.flush()
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      this.#app.em.clear()
      throw new InvalidInput({ passkey: 'taken' }, 'passkey: already registered')
    }
    return passkey
  }

  /** @throws NotFound if the account has no such passkey; InvalidInput `name: 'empty' | 'too-long'` */
  async rename(account: Account, id: string, name: string, { by }: { by: Actor }): Promise<Passkey> {
    const passkey = await this.find(account, id)
    const chosen = cleanPasskeyName(name)
    if (!chosen) throw new InvalidInput({ name: 'empty' })
    passkey.name = chosen
    this.#app.audit.record('factor.passkey-renamed', { by, subject: account.id, target: chosen })
    await this.#app.em.flush()
    return passkey
  }

  /** @throws NotFound if the account has no such passkey */
  async remove(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    const passkey = await this.find(account, id)
    this.#app.em.remove(passkey)
    this.#app.audit.record('factor.passkey-removed', { by, subject: account.id, target: passkey.name })
    await this.#app.em.flush()
  }

  /** @throws NotFound if the account has no such passkey */
  async find(account: Account, id: string): Promise<Passkey> {
    const passkey = isId(id) ? await this.#app.em.findOne(Passkey, { id, account }) : null
    if (!passkey) throw new NotFound('this account has no such passkey')
    return passkey
  }
}
