import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import { accountEmail } from '../accounts/account-email.ts'
import { oneLine } from '../audit/device.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { Device } from '../credentials/device.ts'
import type { Devices } from '../credentials/devices.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Outbox } from '../mail/outbox.ts'

/** Seconds in which whoever got the letter can still say that it was not them. */
const PANIC_TTL = 7 * 24 * 60 * 60

/** Whoever signs in again and again from nowhere known fills nobody's letter box. */
const HOUR_MS = 60 * 60 * 1000
const LETTERS_AN_HOUR = 5

interface Arrival {
  /** What the browser holds, and which device that makes it. */
  tokens: readonly string[]
  device: Device | null
  by: Actor
  target: string | null
  /** How they came, where that is worth a word: `mail`, `upstream:google`. */
  how?: string | null
}

/** What a successful sign-in leaves behind: a line of history, a browser that is known, a letter if it was not. */
export class Arrivals {
  readonly #em: EntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #devices: Devices
  readonly #links: OneTimeLinks
  readonly #outbox: Outbox
  readonly #issuer: string

  constructor({
    em,
    clock,
    trail,
    devices,
    links,
    outbox,
    issuer,
  }: {
    em: EntityManager
    clock: Clock
    trail: Trail
    devices: Devices
    links: OneTimeLinks
    outbox: Outbox
    issuer: string
  }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#devices = devices
    this.#links = links
    this.#outbox = outbox
    this.#issuer = issuer
  }

  /** Somebody who has proven who they are by other means than a password: their browser is known from now on. */
  async acquaint(account: Account, tokens: readonly string[]): Promise<string[]> {
    const kept = this.#devices.remember(account, tokens, await this.#devices.of(account))
    await this.#em.flush()
    return kept
  }

  /** @returns the tokens that the browser is to keep, so that it is known next time */
  async welcome(account: Account, { tokens, device, by, target, how = null }: Arrival): Promise<string[]> {
    const actor: Actor = { ...by, kind: 'account', id: account.id }
    const before = await this.#devices.of(account)
    const settle = async () => {
      const kept = this.#devices.remember(account, tokens, before)
      await this.#trail.write('sign-in.succeeded', { by: actor, subject: account.id, target, reason: how })
      return kept
    }
    if (device || !this.#worthALetter(before)) return settle()
    return this.#em.transactional(async () => {
      const kept = await settle()
      await this.#tell(account, by)
      return kept
    })
  }

  /** The very first sign-in is no news to anybody. */
  #worthALetter(devices: readonly Device[]): boolean {
    const recent = this.#clock.now().getTime() - HOUR_MS
    return devices.length > 0 && devices.filter(each => each.firstSeenAt.getTime() > recent).length < LETTERS_AN_HOUR
  }

  async #tell(account: Account, { ip, userAgent }: Actor): Promise<void> {
    const token = await this.#links.issue('panic', { account, ttl: PANIC_TTL })
    const data = {
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
      when: this.#clock.now().toISOString(),
      link: `${this.#issuer}/panic/${token}`,
    }
    await this.#outbox.post(accountEmail('new-device', account, data))
  }
}
