import type { Account } from '../accounts/account.ts'
import { accountEmail } from '../accounts/account-email.ts'
import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { network } from '../limits/limits.ts'
import { rehearse } from '../storage/rehearsal.ts'
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
  readonly #app

  constructor(
    app: Needs<
      'em' | 'clock' | 'loginNames' | 'links' | 'mailCodes' | 'artifacts' | 'limits' | 'outbox' | 'audit' | 'config'
    >,
  ) {
    this.#app = app
  }

  /** @throws TooManyAttempts */
  async request(
    email: string,
    place: Place,
    { by, target = null, locale }: { by: Actor; target?: string | null; locale?: Account['language'] | undefined },
  ): Promise<void> {
    const name = this.#app.loginNames.spelling(email)
    await this.#app.limits.mailByIp.take(network(by.ip))
    // A username is counted by itself: that an address has no emails left must not tell whose username it is.
    if (name) await this.#app.limits.mailByAddress.take(name)
    // Before there is a letter: its delivery begins at once, and what waits for that tells that there is one.
    const payload = { email: email.trim().slice(0, LONGEST) }
    await this.#app.artifacts.commit([{ do: 'put', kind: KIND, id: nameOf(place), payload, ttl: LETTER_TTL }])
    await this.#app.em.transactional(async () => {
      const account = await this.#app.loginNames.find(email)
      this.#app.audit.record('sign-in.letter-requested', { by, subject: account?.id ?? null, target })
      const write = () => this.#write(account, place, by, locale)
      await (account?.active ? this.#app.em.transactional(write) : rehearse(this.#app.em, write))
    })
  }

  /** For which address a letter was asked for here, as it was typed; null where none was, or it is too old. */
  async asked(place: Place): Promise<string | null> {
    const asked = await this.#app.artifacts.get(KIND, nameOf(place))
    return asked ? String(asked.email) : null
  }

  /** For nobody the same is written; the caller takes it back. */
  async #write(
    account: Account | null,
    place: Place,
    { ip, userAgent }: Actor,
    locale?: Account['language'],
  ): Promise<void> {
    const { code, kept } = this.#app.mailCodes.make(account?.id ?? '', nameOf(place))
    const rest = { ttl: LETTER_TTL, provesAddress: true, browser: nameOf(place), code: kept }
    const token = await this.#app.links.issue('sign-in', { account, ...rest })
    const data = {
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
      when: this.#app.clock.now().toISOString(),
      code,
      link: `${this.#app.config.issuer}/interaction/${place.interaction}/mail/${token}`,
    }
    const nobodys = { kind: 'sign-in', to: 'nobody@localhost', locale: 'en', data } as const
    await this.#app.outbox.post(account ? accountEmail('sign-in', account, data, { locale }) : nobodys)
  }
}
