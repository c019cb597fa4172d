import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { normalizeEmail } from '../accounts/email.ts'
import type { Trail } from '../audit/trail.ts'
import { type Limits, network } from '../limits/limits.ts'
import { rehearse } from '../storage/rehearsal.ts'
import type { AddressMove } from './address-move.ts'
import type { Circumstances } from './enrolment.ts'
import type { Notices } from './notices.ts'

/** What a browser waits for that has registered, or signed in, and has to verify the address. */
interface Awaited {
  /** Of no account where the address was taken. */
  accountId: string
  email: string
}

/**
 * Sends the email again that a browser waits for after it registered. Where the address was taken, its owner gets the
 * email about that again: the page, the work and the limits are the same, so the page does not tell which of the two.
 */
export class VerificationResend {
  readonly #em: SqlEntityManager
  readonly #move: AddressMove
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #notices: Notices

  constructor({
    em,
    move,
    limits,
    trail,
    notices,
  }: {
    em: SqlEntityManager
    move: AddressMove
    limits: Limits
    trail: Trail
    notices: Notices
  }) {
    this.#em = em
    this.#move = move
    this.#limits = limits
    this.#trail = trail
    this.#notices = notices
  }

  /** @throws TooManyAttempts */
  async send({ accountId, email }: Awaited, { by, locale = 'en', ...asked }: Circumstances): Promise<void> {
    const address = normalizeEmail(email)
    await this.#limits.mailByIp.take(network(by.ip))
    await this.#limits.mailByAddress.take(address)
    await this.#em.transactional(async () => {
      const { holder, taken } = await this.#move.holder(address, { id: accountId })
      const own = holder?.id === accountId && !holder.emailVerified ? holder : null
      const link = () => this.#notices.verifyLink(own, asked)
      this.#trail.record('verification.requested', { by, subject: own?.id ?? null })
      if (own) return this.#notices.verifyAddress(own, await this.#em.transactional(link), locale)
      const tell = () => this.#notices.addressTaken(address, holder?.language ?? locale)
      // A newer registration of the address, which nobody has verified, is told nothing: it has an email of its own.
      if (!taken) return rehearse(this.#em, () => link().then(tell))
      await rehearse(this.#em, link)
      await tell()
    })
  }
}
