import type { App } from '../../app.ts'
import { NotFound } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import { LANDING } from '../../federation/landings.ts'
import type { Trip } from '../../federation/trips.ts'
import { UpstreamFailure } from '../../federation/upstream-failure.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Context } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import { problemQuery, type UpstreamProblem } from './problems.ts'

/** What a provider may say when it brings somebody back; whatever else it posts is left out. */
const PARAMETERS = ['state', 'code', 'iss', 'error', 'user', 'device_id'] as const

/** As much of it as an address can hold. */
const LONGEST = 8 * 1024

/**
 * Where providers bring people back to. It asks the provider who it was, and leads on at once to the page that the trip
 * was for: what the address holds is in no page, and used up.
 */
export class Callback {
  readonly #app: App
  readonly #forms: Forms

  constructor({ app, forms }: { app: App; forms: Forms }) {
    this.#app = app
    this.#forms = forms
  }

  /** A form of another site brings no cookies (SameSite=Lax): the browser comes again by GET, and then it does. */
  readonly posted = async (ctx: Context): Promise<void> => {
    const given = PARAMETERS.flatMap(name => ctx.state.form.getAll(name).map(value => [name, value]))
    const query = new URLSearchParams(given).toString()
    if (query.length > LONGEST) ctx.throw(413)
    lead(ctx, `${ctx.mountPath ?? ''}${ctx.path}?${query}`)
  }

  readonly arrived = async (ctx: Context): Promise<void> => {
    const { trips, identityProviders, upstreams, kept } = this.#app
    const parameters = new URLSearchParams(ctx.querystring)
    const browser = this.#forms.browser(ctx)
    const trip = await trips.take(parameters.get('state') ?? '', browser)
    if (!trip || browser === null)
      throw new NotFound('this way back was used already, has expired, or is for another browser', 'upstream_lost')
    const provider = await identityProviders.offering(trip.providerId)
    if (!provider) return this.#fail(ctx, trip, 'closed')
    // Each has an address of its own: an answer at another's is not its own (RFC 9700 section 4.4).
    if (provider.name !== ctx.params.name) return this.#fail(ctx, trip, 'broken', provider)
    try {
      const answer = await upstreams.complete(provider, parameters, trip)
      await kept.put(LANDING, placeOf(trip, browser), { providerId: provider.id, answer, begunAt: trip.begunAt })
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      return this.#fail(ctx, trip, error.problem, provider)
    }
    lead(ctx, `${this.#home(trip)}/arrived?${new URLSearchParams({ provider: provider.name })}`)
  }

  #fail(ctx: Context, trip: Trip, problem: UpstreamProblem, provider?: IdentityProvider): void {
    const page = trip.destination.to === 'account' ? `${this.#home(trip)}/security` : this.#home(trip)
    lead(ctx, page + problemQuery(problem, provider))
  }

  #home({ destination }: Trip): string {
    const { basePath } = this.#app.config
    return destination.to === 'account' ? `${basePath}/account` : `${basePath}/interaction/${destination.uid}`
  }
}

function placeOf({ destination }: Trip, browser: string): string {
  return destination.to === 'account'
    ? `account.${destination.accountId}.${browser}`
    : nameOf({ interaction: destination.uid, browser })
}

function lead(ctx: Context, address: string): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 303
  ctx.redirect(address)
}
