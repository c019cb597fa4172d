import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { accountEmail } from '../accounts/account-email.ts'
import type { LoginNames } from '../accounts/login-name.ts'
import { oneLine } from '../audit/device.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import { type Limits, network } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import { rehearse } from '../storage/rehearsal.ts'
import type { MailCodes } from './mail-codes.ts'
import { nameOf, type Place } from './open-attempts.ts'

/** Seconds in which a letter lets somebody in. */
const LETTER_TTL = 15 * 60

const KIND = 'SignInLetter'

/** The longest address that there can be (RFC 5321 section 4.5.3.1). */
const LONGEST = 254

/**
 * Letters by which somebody signs in: each has a link, and a code for whoever reads it on another device, and both are
 * good in the place where it was asked for alone. The newest letter counts. Whether there is an account, and whether it
 * may sign in, the answer, the work and the time are alike.
 */
export class SignInLetters {
  readonly #em: SqlEntityManager
  readonly #clock: Clock
  readonly #loginNames: LoginNames
  readonly #links: OneTimeLinks
  readonly #codes: MailCodes
  readonly #artifacts: Artifacts
  readonly #limits: Limits
  readonly #outbox: Outbox
  readonly #trail: Trail
  readonly #issuer: string

  constructor({
    em,
    clock,
    loginNames,
    links,
    mailCodes,
    artifacts,
    limits,
    outbox,
    trail,
    issuer,
  }: {
    em: SqlEntityManager
    clock: Clock
    loginNames: LoginNames
    links: OneTimeLinks
    mailCodes: MailCodes
    artifacts: Artifacts
    limits: Limits
    outbox: Outbox
    trail: Trail
    issuer: string
  }) {
    this.#em = em
    this.#clock = clock
    this.#loginNames = loginNames
    this.#links = links
    this.#codes = mailCodes
    this.#artifacts = artifacts
    this.#limits = limits
    this.#outbox = outbox
    this.#trail = trail
    this.#issuer = issuer
  }

  /** @throws TooManyAttempts */
  async request(
    email: string,
    place: Place,
    { by, target = null, locale }: { by: Actor; target?: string | null; locale?: Account['language'] | undefined },
  ): Promise<void> {
    const name = this.#loginNames.spelling(email)
    await this.#limits.mailByIp.take(network(by.ip))
    // A username is counted by itself: that an address has no emails left must not tell whose username it is.
    if (name) await this.#limits.mailByAddress.take(name)
    // Before there is a letter: its delivery begins at once, and what waits for that tells that there is one.
    const payload = { email: email.trim().slice(0, LONGEST) }
    await this.#artifacts.commit([{ do: 'put', kind: KIND, id: nameOf(place), payload, ttl: LETTER_TTL }])
    await this.#em.transactional(async () => {
      const account = await this.#loginNames.find(email)
      this.#trail.record('sign-in.letter-requested', { by, subject: account?.id ?? null, target })
      const write = () => this.#write(account, place, by, locale)
      await (account?.active ? this.#em.transactional(write) : rehearse(this.#em, write))
    })
  }

  /** For which address a letter was asked for here, as it was typed; null where none was, or it is too old. */
  async asked(place: Place): Promise<string | null> {
    const asked = await this.#artifacts.get(KIND, nameOf(place))
    return asked ? String(asked.email) : null
  }

  /** For nobody the same is written; the caller takes it back. */
  async #write(
    account: Account | null,
    place: Place,
    { ip, userAgent }: Actor,
    locale?: Account['language'],
  ): Promise<void> {
    const { code, kept } = this.#codes.make(account?.id ?? '', nameOf(place))
    const rest = { ttl: LETTER_TTL, provesAddress: true, browser: nameOf(place), code: kept }
    const token = await this.#links.issue('sign-in', { account, ...rest })
    const data = {
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
      when: this.#clock.now().toISOString(),
      code,
      link: `${this.#issuer}/interaction/${place.interaction}/mail/${token}`,
    }
    const nobodys = { kind: 'sign-in', to: 'nobody@localhost', locale: 'en', data } as const
    await this.#outbox.post(account ? accountEmail('sign-in', account, data, { locale }) : nobodys)
  }
}
