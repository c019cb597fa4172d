import type { Account } from '../../accounts/account.ts'
import { deviceOf } from '../../audit/device.ts'
import type { Context } from '../context.ts'
import { deviceWords } from '../history-words.ts'
import { KnownDevices } from '../known-devices.ts'
import type { Visit } from './door.ts'
import type { AccountPages } from './page-data.ts'
import type { AccountParts } from './parts.ts'

/** Browsers that are spared the second factor. */
export class TrustedBrowsersSection {
  readonly #parts: AccountParts
  readonly #knownDevices: KnownDevices

  constructor(parts: AccountParts) {
    this.#parts = parts
    this.#knownDevices = new KnownDevices(parts.app.config)
  }

  async view(ctx: Context, account: Account): Promise<AccountPages['account/security']['trustedBrowsers']> {
    const { devices } = this.#parts.app
    const here = await devices.find(account, this.#knownDevices.of(ctx))
    return (await devices.trustedOf(account)).map(({ id, userAgent, trustedAt, trustedUntil }) => ({
      id,
      device: deviceWords(deviceOf(userAgent), ctx.state.locale),
      since: trustedAt!,
      until: trustedUntil!,
      current: id === here?.id,
    }))
  }

  async distrust(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    await app.devices.distrust(account, ctx.state.form.get('id') ?? '', { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'security', 'distrusted')
  }

  async distrustAll(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.devices.distrustAll(await app.accounts.find(visit.person.id), { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'security', 'distrusted-all')
  }
}
