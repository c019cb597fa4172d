import { NotFound } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { RETURNED_RESULT, type UpstreamRequest } from '../../federation/upstream-requests.ts'
import { bindingKey } from '../../login/pending-sign-ins.ts'
import { handleRefusals } from '../kit/errors/error-responses.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { problemQuery, type UpstreamProblem } from './problems.ts'

/** The callback parameters that are read; others that a provider posts are dropped. */
const PARAMETERS = ['state', 'code', 'iss', 'error', 'user', 'device_id'] as const

/** Characters. */
const MAX_QUERY_LENGTH = 8 * 1024

/** A form posted from another site carries no cookies (SameSite=Lax), so the browser is redirected to a GET, which does. */
export function callbackPosted(request: PageRequest): void {
  const { ctx } = request
  const given = PARAMETERS.flatMap(name => ctx.state.form.getAll(name).map(value => [name, value]))
  const query = new URLSearchParams(given).toString()
  if (query.length > MAX_QUERY_LENGTH) ctx.throw(413)
  redirectTo(request, `${ctx.mountPath ?? ''}${ctx.path}?${query}`)
}

/**
 * The redirect URI of a provider. It exchanges the code for the identity of the person, and redirects at once to the page
 * that started the request, so that code and state are used up and no page has them in its URL.
 */
export async function callback(request: PageRequest): Promise<void> {
  const { app, ctx, existingBrowser: browser } = request
  const parameters = new URLSearchParams(ctx.querystring)
  const sent = await app.upstreamRequests.take(parameters.get('state') ?? '', browser)
  if (!sent || browser === null)
    throw new NotFound(
      'this sign-in response was already used, has expired, or belongs to another browser; start the sign-in again',
      'upstream_lost',
    )
  const provider = await app.identityProviders.findEnabled(sent.providerId)
  if (!provider) return fail(request, sent, 'closed')
  // Each provider has its own redirect URI, so a response at another one is a mix-up (RFC 9700 section 4.4).
  if (provider.name !== ctx.params.name) return fail(request, sent, 'broken', provider)
  const complete = async () => {
    const result = await app.upstreamClient.exchangeCode(provider, parameters, sent)
    const returned = { providerId: provider.id, result, begunAt: sent.begunAt }
    await app.kept.put(RETURNED_RESULT, bindingKeyOf(sent, browser), returned)
    const query = sent.destination.to === 'account' ? `?${new URLSearchParams({ provider: provider.name })}` : ''
    redirectTo(request, `${startOf(request, sent)}/upstream-result${query}`)
  }
  await handleRefusals<UpstreamProblem>(ctx, complete, {
    refusals: { upstream_cancelled: 'cancelled', upstream_unavailable: 'unavailable', upstream_broken: 'broken' },
    onRefusal: ({ code }) => fail(request, sent, code, provider),
  })
}

function fail(
  request: PageRequest,
  sent: UpstreamRequest,
  problem: UpstreamProblem,
  provider?: IdentityProvider,
): void {
  const page = sent.destination.to === 'account' ? '/security' : ''
  redirectTo(request, startOf(request, sent) + page + problemQuery(problem, provider))
}

function startOf(request: PageRequest, { destination }: UpstreamRequest): string {
  return request.action(destination.to === 'account' ? 'account' : `interaction/${destination.uid}`)
}

function bindingKeyOf({ destination }: UpstreamRequest, browser: string): string {
  return destination.to === 'account'
    ? `account.${destination.accountId}.${browser}`
    : bindingKey({ interaction: destination.uid, browser })
}

function redirectTo(request: PageRequest, address: string): void {
  request.ctx.set('Cache-Control', 'no-store')
  request.redirect(address)
}
