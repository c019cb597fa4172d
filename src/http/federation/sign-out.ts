import type { App } from '../../app.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import { UpstreamFailure } from '../../federation/upstreams.ts'
import { network } from '../../limits/limits.ts'
import type { Context } from '../context.ts'

/** OpenID Connect Back-Channel Logout 1.0 section 2.8. */
const REFUSED = { error: 'invalid_request', error_description: 'this is no logout token that is believed here' }

/** Signing out that goes on to a provider, and signing out that comes from one. */
export class UpstreamSignOuts {
  readonly #app: App

  constructor({ app }: { app: App }) {
    this.#app = app
  }

  /** Back from a provider that was asked to sign somebody out, and on to where they were going. */
  readonly back = async (ctx: Context): Promise<void> => {
    const { departures, config } = this.#app
    const destination = await departures.end(ctx.params.name, String(ctx.query.state ?? ''))
    ctx.set('Cache-Control', 'no-store')
    ctx.status = 303
    ctx.redirect(destination ?? `${config.basePath}/session/end/success`)
  }

  /** A program tells, and is told no more than yes or no (sections 2.5 to 2.8). */
  readonly told = async (ctx: Context): Promise<void> => {
    const { identityProviders, limits } = this.#app
    const counted = network(ctx.state.visitor.ip)
    ctx.set('Cache-Control', 'no-store')
    await limits.upstreamByAddress.take(counted)
    // One that is switched off signs nobody in; those who came through it before can still be signed out.
    const provider = await identityProviders.find(String(ctx.params.name))
    const done = await this.#signOut(provider, ctx.state.form.get('logout_token') ?? '')
    if (done) await limits.upstreamByAddress.giveBack(counted)
    ctx.status = done ? 200 : 400
    ctx.type = 'application/json'
    ctx.body = JSON.stringify(done ? {} : REFUSED)
  }

  async #signOut(provider: IdentityProvider, token: string): Promise<boolean> {
    const { upstreams, upstreamSignOut } = this.#app
    try {
      await upstreams.logoutToken(provider, token, told => upstreamSignOut.of(provider, told))
      return true
    } catch (error) {
      if (error instanceof UpstreamFailure) return false
      throw error
    }
  }
}
