import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { isId, newId } from '../base/ids.ts'
import { InvalidInput, NotFound } from '../base/refusals.ts'
import { authenticatorName } from './authenticators.ts'
import type { Aim, Answer, Ceremonies, Question } from './ceremonies.ts'
import { cleanPasskeyName, Passkey } from './passkey.ts'
import type { CreationOptions, WebAuthn } from './webauthn.ts'
import { registrationResponse } from './webauthn-responses.ts'

/** So many one account has at most. */
export const MOST_PASSKEYS = 20

/** People's passkeys: making them, their names, giving them up. Using one is in passkey-proofs.ts. */
export class Passkeys {
  readonly #em: EntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #ceremonies: Ceremonies
  readonly #webauthn: WebAuthn

  constructor({
    em,
    clock,
    trail,
    ceremonies,
    webauthn,
  }: { em: EntityManager; clock: Clock; trail: Trail; ceremonies: Ceremonies; webauthn: WebAuthn }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#ceremonies = ceremonies
    this.#webauthn = webauthn
  }

  /** Whether PUBLIC_URL is an address for which browsers make passkeys. */
  get usable(): boolean {
    return this.#webauthn.usable
  }

  /** Oldest first. */
  of(account: Account | string): Promise<Passkey[]> {
    const id = typeof account === 'string' ? account : account.id
    return this.#em.find(Passkey, { account: id }, { orderBy: { id: 'asc' } })
  }

  async registrationOptions(account: Account): Promise<Question<CreationOptions>> {
    const { challenge, token } = this.#ceremonies.begin({ purpose: 'registration', accountId: account.id })
    const options = await this.#webauthn.creationOptions(account, challenge, await this.of(account))
    return { options, ceremony: token }
  }

  /** @throws InvalidInput `passkey: 'expired' | 'refused' | 'taken' | 'too-many'`, `name: 'too-long'` */
  async register(
    account: Account,
    { ceremony, response, name }: Answer & { name?: string | undefined },
    { by }: { by: Actor },
  ): Promise<Passkey> {
    const aim: Aim = { purpose: 'registration', accountId: account.id }
    const begun = await this.#ceremonies.spend(ceremony, [aim])
    if (!begun) throw new InvalidInput({ passkey: 'expired' })
    const answer = registrationResponse(response)
    const made = answer && (await this.#webauthn.registered(answer, begun.challenge))
    if (!made) throw new InvalidInput({ passkey: 'refused' })
    if ((await this.of(account)).length >= MOST_PASSKEYS) throw new InvalidInput({ passkey: 'too-many' })

    const passkey = new Passkey()
    Object.assign(passkey, made, {
      id: newId(this.#clock.now()),
      account,
      name: cleanPasskeyName(name) ?? authenticatorName(made.aaguid, by.userAgent),
      createdAt: this.#clock.now(),
    })
    this.#em.persist(passkey)
    this.#trail.record('factor.passkey-added', { by, subject: account.id, target: passkey.name })
    await this.#flush()
    return passkey
  }

  /** @throws NotFound where the account has no such passkey; InvalidInput `name: 'empty' | 'too-long'` */
  async rename(account: Account, id: string, name: string, { by }: { by: Actor }): Promise<Passkey> {
    const passkey = await this.find(account, id)
    const chosen = cleanPasskeyName(name)
    if (!chosen) throw new InvalidInput({ name: 'empty' })
    passkey.name = chosen
    this.#trail.record('factor.passkey-renamed', { by, subject: account.id, target: chosen })
    await this.#em.flush()
    return passkey
  }

  /** @throws NotFound where the account has no such passkey */
  async remove(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    const passkey = await this.find(account, id)
    this.#em.remove(passkey)
    this.#trail.record('factor.passkey-removed', { by, subject: account.id, target: passkey.name })
    await this.#em.flush()
  }

  /** @throws NotFound where the account has no such passkey */
  async find(account: Account, id: string): Promise<Passkey> {
    const passkey = isId(id) ? await this.#em.findOne(Passkey, { id, account }) : null
    if (!passkey) throw new NotFound('there is no such passkey')
    return passkey
  }

  async #flush(): Promise<void> {
    try {
      await this.#em.flush()
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      this.#em.clear()
      throw new InvalidInput({ passkey: 'taken' }, 'passkey: it belongs to an account already')
    }
  }
}
