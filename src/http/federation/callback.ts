import { NotFound } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import type { UpstreamRequest } from '../../federation/sessions/authorization-requests.ts'
import { LANDING } from '../../federation/sessions/returned-results.ts'
import { nameOf } from '../../login/authentication-sessions.ts'
import { attempt } from '../kit/answers.ts'
import type { PageRequest } from '../kit/page-request.ts'
import { problemQuery, type UpstreamProblem } from './problems.ts'

/** What a provider may say when it sends a browser back; what else it posts is left out. */
const PARAMETERS = ['state', 'code', 'iss', 'error', 'user', 'device_id'] as const

/** As much of it as an address can hold. */
const LONGEST = 8 * 1024

/** A form of another site brings no cookies (SameSite=Lax): the browser comes again by GET, and then it does. */
export function callbackPosted(request: PageRequest): void {
  const { ctx } = request
  const given = PARAMETERS.flatMap(name => ctx.state.form.getAll(name).map(value => [name, value]))
  const query = new URLSearchParams(given).toString()
  if (query.length > LONGEST) ctx.throw(413)
  lead(request, `${ctx.mountPath ?? ''}${ctx.path}?${query}`)
}

/**
 * The redirect URI of a provider. It exchanges the code for what the provider says of the person, and leads on at once to
 * the page that set out: what the address holds is in no page, and used up.
 */
export async function callback(request: PageRequest): Promise<void> {
  const { app, ctx, knownBrowser: browser } = request
  const parameters = new URLSearchParams(ctx.querystring)
  const trip = await app.upstreamRequests.take(parameters.get('state') ?? '', browser)
  if (!trip || browser === null)
    throw new NotFound('this way back was used already, has expired, or is for another browser', 'upstream_lost')
  const provider = await app.identityProviders.offering(trip.providerId)
  if (!provider) return fail(request, trip, 'closed')
  // Each has an address of its own: an answer at another's is not its own (RFC 9700 section 4.4).
  if (provider.name !== ctx.params.name) return fail(request, trip, 'broken', provider)
  const complete = async () => {
    const answer = await app.upstreams.complete(provider, parameters, trip)
    await app.kept.put(LANDING, placeOf(trip, browser), { providerId: provider.id, answer, begunAt: trip.begunAt })
    const named = trip.destination.to === 'account' ? `?${new URLSearchParams({ provider: provider.name })}` : ''
    lead(request, `${home(request, trip)}/arrived${named}`)
  }
  await attempt<UpstreamProblem>(ctx, complete, {
    says: {
      'upstream-cancelled': 'cancelled',
      'upstream-unavailable': 'unavailable',
      'upstream-broken': 'broken',
    },
    again: ({ code }) => fail(request, trip, code, provider),
  })
}

function fail(
  request: PageRequest,
  trip: UpstreamRequest,
  problem: UpstreamProblem,
  provider?: IdentityProvider,
): void {
  const page = trip.destination.to === 'account' ? '/security' : ''
  lead(request, home(request, trip) + page + problemQuery(problem, provider))
}

function home(request: PageRequest, { destination }: UpstreamRequest): string {
  return request.action(destination.to === 'account' ? 'account' : `interaction/${destination.uid}`)
}

function placeOf({ destination }: UpstreamRequest, browser: string): string {
  return destination.to === 'account'
    ? `account.${destination.accountId}.${browser}`
    : nameOf({ interaction: destination.uid, browser })
}

function lead(request: PageRequest, address: string): void {
  request.ctx.set('Cache-Control', 'no-store')
  request.redirect(address)
}
