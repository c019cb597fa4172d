import type { Account } from '../accounts/account.ts'
import type { LoginNames } from '../accounts/login-name.ts'
import type { Trail } from '../audit/trail.ts'
import { Forbidden, WrongCredentials } from '../base/refusals.ts'
import { digest, sameText } from '../base/secrets.ts'
import type { Attempts } from '../credentials/attempts.ts'
import type { Device } from '../credentials/device.ts'
import type { Devices } from '../credentials/devices.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { AddressProof } from './address-proof.ts'
import { PASSED } from './assurance.ts'
import type { MailCodes } from './mail-codes.ts'
import { nameOf, type Place } from './open-attempts.ts'
import type { Circumstances, Identified } from './sign-in.ts'
import type { SignInLetters } from './sign-in-letters.ts'

/**
 * What comes back of a letter: its link, in the browser that asked for it, or the code, typed there. It is one factor,
 * and proves the address. In no other browser does the link do anything: nobody is signed in by being made to open what
 * somebody else has asked for.
 */
export class MailSignIn {
  readonly #loginNames: LoginNames
  readonly #attempts: Attempts
  readonly #devices: Devices
  readonly #links: OneTimeLinks
  readonly #codes: MailCodes
  readonly #letters: SignInLetters
  readonly #proof: AddressProof
  readonly #trail: Trail
  readonly #proofRequired: boolean

  constructor({
    loginNames,
    attempts,
    devices,
    links,
    mailCodes,
    signInLetters,
    addressProof,
    trail,
    proofRequired,
  }: {
    loginNames: LoginNames
    attempts: Attempts
    devices: Devices
    links: OneTimeLinks
    mailCodes: MailCodes
    signInLetters: SignInLetters
    addressProof: AddressProof
    trail: Trail
    /** Whether nobody signs in before they have proven their address. */
    proofRequired: boolean
  }) {
    this.#loginNames = loginNames
    this.#attempts = attempts
    this.#devices = devices
    this.#links = links
    this.#codes = mailCodes
    this.#letters = signInLetters
    this.#proof = addressProof
    this.#trail = trail
    this.#proofRequired = proofRequired
  }

  /** Counted like a password, and with those. @throws WrongCredentials, TooManyAttempts, Busy */
  async withCode(
    place: Place,
    { code, devices: tokens = [] }: { code: string; devices?: readonly string[] },
    { by, target = null }: Circumstances,
  ): Promise<Identified> {
    const asked = (await this.#letters.asked(place)) ?? ''
    const account = await this.#loginNames.find(asked)
    const address = account?.email ?? this.#loginNames.spelling(asked)
    const device = await this.#devices.find(account, tokens)
    const codes = this.#codes.digests(account?.id ?? '', nameOf(place), code)
    const right = () => this.#links.spendByCode('sign-in', account, { browser: nameOf(place), codes })
    const reason = await this.#attempts.counted(account, { address, device }, { by, wrong: 'wrong-mail-code', right })
    if (!account || reason) return this.#refuse(account, reason, { by, target })
    return this.#identified(account, { by, target }, device)
  }

  /** Whom the link signs in, `elsewhere` where it was asked for in another place than this, else null. Changes nothing. */
  async look(place: Place | null, token: string): Promise<Account | 'elsewhere' | null> {
    const link = await this.#links.look('sign-in', token)
    if (!link?.account?.active) return null
    return place && sameText(link.browser ?? '', digest(nameOf(place))) ? link.account : 'elsewhere'
  }

  /** @throws Forbidden `link_invalid`; WrongCredentials where the address has to be proven in another way first */
  async withLink(place: Place | null, token: string, { by, target = null }: Circumstances): Promise<Identified> {
    const account = await this.look(place, token)
    if (account === null || account === 'elsewhere')
      throw new Forbidden('this link was used already, has expired, or is for another browser', 'link_invalid')
    await this.#links.spend('sign-in', token)
    return this.#identified(account, { by, target })
  }

  async #identified(account: Account, circumstances: Circumstances, device?: Device | null): Promise<Identified> {
    await this.#proof.give(account, { by: { ...circumstances.by, kind: 'account', id: account.id } })
    if (this.#proofRequired && !account.emailVerified) return this.#refuse(account, 'address-unproven', circumstances)
    return { account, passed: PASSED.mail, ...(device === undefined ? {} : { device }) }
  }

  async #refuse(account: Account | null, reason: string | null, { by, target = null }: Circumstances): Promise<never> {
    await this.#trail.write('sign-in.refused', { by, subject: account?.id ?? null, target, success: false, reason })
    throw new WrongCredentials()
  }
}
