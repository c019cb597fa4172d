import { network } from '../../base/network/ip-ranges.ts'
import { handleRefusals } from '../kit/errors/error-responses.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'

/** OpenID Connect Back-Channel Logout 1.0 section 2.8. */
const REFUSED = {
  error: 'invalid_request',
  error_description: 'the logout token is missing, invalid or was used before',
}

/** The return from an upstream logout: redirects to the destination that was kept for it, or to the signed-out page. */
export async function signedOut(request: PageRequest): Promise<void> {
  const { app, ctx } = request
  const destination = await app.upstreamLogouts.end(ctx.params.name, String(ctx.query.state ?? ''))
  ctx.set('Cache-Control', 'no-store')
  request.redirect(destination ?? request.action('session/end/success'))
}

/** Takes a logout token from a provider; the answer does not say why one was refused (sections 2.5 to 2.8). */
export async function backChannelLogout(request: PageRequest): Promise<void> {
  const { app, by, ctx } = request
  const { identityProviders, limits, upstreamClient, upstreamBackchannelLogout } = app
  const address = network(by.ip)
  ctx.set('Cache-Control', 'no-store')
  await limits.upstreamByIp.take(address)
  // A disabled provider can sign no one in, but people who signed in with it before can still be signed out.
  const provider = await identityProviders.find(String(ctx.params.name))
  const signOut = async () => {
    await upstreamClient.handleLogoutToken(provider, request.field('logout_token'), subject =>
      upstreamBackchannelLogout.of(provider, subject),
    )
    await limits.upstreamByIp.refund(address)
    answer(request, 200, {})
  }
  await handleRefusals(ctx, signOut, {
    refusals: { upstream_broken: 'refused', upstream_unavailable: 'refused', upstream_cancelled: 'refused' },
    onRefusal: () => answer(request, 400, REFUSED),
  })
}

function answer({ ctx }: PageRequest, status: number, body: object): void {
  ctx.status = status
  ctx.type = 'application/json'
  ctx.body = JSON.stringify(body)
}
