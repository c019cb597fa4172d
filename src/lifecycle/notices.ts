import type { Account } from '../accounts/account.ts'
import { accountEmail } from '../accounts/account-email.ts'
import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import type { NewLink } from '../credentials/one-time-links.ts'
import type { Letter, LetterKind } from '../mail/letter.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long the link of each letter can be used, in seconds. */
export const LINK_TTL = {
  recovery: HOUR,
  verify: DAY,
  change: DAY,
  undo: 7 * DAY,
  panic: 7 * DAY,
  resetFactors: DAY,
  code: 15 * MINUTE,
}

type Language = Letter['locale']

/** Who was told, and in which browser it was asked for. */
export type Asked = Pick<NewLink, 'browser'>

/**
 * The letters of a life with an account, each with its link, written into the transaction of the change they tell of. Of
 * what strangers typed (a name, say) nothing stands in a letter to an address that nobody has proven.
 */
export class Notices {
  readonly #app

  constructor(app: Needs<'links' | 'outbox' | 'clock' | 'config'>) {
    this.#app = app
  }

  /** @returns the token of the link for `verifyAddress`: a rehearsed registration has one, and no letter */
  verifyLink(account: Account | null, asked: Asked = {}): Promise<string> {
    return this.#app.links.issue('verify-address', { account, ttl: LINK_TTL.verify, provesAddress: true, ...asked })
  }

  verifyAddress(account: Account, token: string, locale: Language = account.language): Promise<void> {
    const data = { link: this.#to('verify', token) }
    return this.#app.outbox.post({ kind: 'verify-address', to: account.email, locale, data })
  }

  /** To whoever has the address already: somebody tried to register, or to move, with it. */
  addressTaken(to: string, locale: Language): Promise<void> {
    return this.#app.outbox.post({
      kind: 'address-taken',
      to,
      locale,
      data: { link: `${this.#app.config.issuer}/account` },
    })
  }

  welcome(account: Account): Promise<void> {
    return this.#post('welcome', account, { link: `${this.#app.config.issuer}/account` })
  }

  /** For nobody the same is written; the caller takes it back. */
  async resetPassword(account: Account | null, locale?: Language): Promise<void> {
    const ttl = LINK_TTL.recovery
    const token = await this.#app.links.issue('recovery', { account, ttl, provesAddress: true })
    const data = { link: this.#to('recover', token) }
    if (account) await this.#app.outbox.post(accountEmail('reset-password', account, data, { locale }))
    else await this.#app.outbox.post({ kind: 'reset-password', to: 'nobody@localhost', locale: 'en', data })
  }

  async passwordChanged(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#post('password-changed', account, { ...this.#circumstances(by), link: await this.#panic(account) })
  }

  changeLink(account: Account, address: string, asked: Asked): Promise<string> {
    return this.#app.links.issue('change-address', {
      account,
      address,
      ttl: LINK_TTL.change,
      provesAddress: true,
      ...asked,
    })
  }

  proveNewAddress(to: string, token: string, locale: Language): Promise<void> {
    const data = { link: this.#to('change-address', token) }
    return this.#app.outbox.post({ kind: 'address-change-proof', to, locale, data })
  }

  /** To the address that was the account's until now. */
  async addressChanged(account: Account, old: string, { by }: { by: Actor }): Promise<void> {
    const ttl = LINK_TTL.undo
    const token = await this.#app.links.issue('undo-address', { account, address: old, ttl, provesAddress: true })
    const link = this.#to('undo-address', token)
    const data = { ...this.#circumstances(by), address: account.email, link }
    await this.#post('address-changed-notice', account, data, old)
  }

  /** To the old address again: a code beside the link, for a person who can prove nothing else. */
  async addressRestoreCode(
    account: Account,
    old: string,
    { by, browser, token, code, kept }: { by: Actor; browser: string; token: string; code: string; kept: string },
  ): Promise<void> {
    const rest = { ttl: LINK_TTL.code, provesAddress: true, browser, code: kept }
    await this.#app.links.issue('undo-address-code', { account, address: old, ...rest })
    const data = { ...this.#circumstances(by), code, link: this.#to('undo-address', token) }
    await this.#post('address-restore-code', account, data, old)
  }

  async deletionScheduled(account: Account, due: Date): Promise<void> {
    const token = await this.#app.links.issue('cancel-deletion', { account, ttl: this.#until(due) })
    await this.#post('deletion-scheduled', account, {
      link: this.#to('cancel-deletion', token),
      until: due.toISOString(),
    })
  }

  /** The link says that the factors are lost indeed; nothing happens without it. */
  async confirmFactorReset(account: Account, { by, browser }: { by: Actor } & Asked): Promise<void> {
    const ttl = LINK_TTL.resetFactors
    const token = await this.#app.links.issue('reset-factors', { account, ttl, provesAddress: true, browser })
    await this.#post('factor-reset-proof', account, {
      ...this.#circumstances(by),
      link: this.#to('reset-factors', token),
      panic: await this.#panic(account),
    })
  }

  async factorResetScheduled(account: Account, due: Date, { by }: { by: Actor }): Promise<void> {
    const token = await this.#app.links.issue('cancel-factor-reset', { account, ttl: this.#until(due) })
    await this.#post('factor-reset-scheduled', account, {
      ...this.#circumstances(by),
      until: due.toISOString(),
      link: this.#to('cancel-factor-reset', token),
      panic: await this.#panic(account),
    })
  }

  async deletionCancelled(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#post('deletion-cancelled', account, { ...this.#circumstances(by), link: await this.#panic(account) })
  }

  #post(kind: LetterKind, account: Account, data: Record<string, string>, to = account.email): Promise<void> {
    return this.#app.outbox.post(accountEmail(kind, account, data, { to }))
  }

  async #panic(account: Account): Promise<string> {
    return this.#to('panic', await this.#app.links.issue('panic', { account, ttl: LINK_TTL.panic }))
  }

  /** Seconds. */
  #until(moment: Date): number {
    return Math.max(1, Math.ceil((moment.getTime() - this.#app.clock.now().getTime()) / 1000))
  }

  #to(page: string, token: string): string {
    return `${this.#app.config.issuer}/${page}/${token}`
  }

  #circumstances({ ip, userAgent }: Actor): Record<string, string> {
    return {
      when: this.#app.clock.now().toISOString(),
      ...(userAgent && { userAgent: oneLine(userAgent) }),
      ...(ip && { ip }),
    }
  }
}
