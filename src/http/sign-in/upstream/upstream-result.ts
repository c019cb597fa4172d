import { epoch } from '../../../base/clock.ts'
import { network } from '../../../base/network/ip-ranges.ts'
import { checkFreshness } from '../../../federation/protocol/max-age.ts'
import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import { RETURNED_RESULT, type ReturnedResult } from '../../../federation/upstream-requests.ts'
import type { Matched } from '../../../lifecycle/upstream/account-matching.ts'
import { METHODS } from '../../../login/assurance.ts'
import { problemQuery, type UpstreamProblem } from '../../federation/problems.ts'
import { handleRefusals } from '../../kit/errors/error-responses.ts'
import { page } from '../../kit/pages/route.ts'
import { verifyFirst } from '../by-email/email-verification.ts'
import { enter } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

/** The return from an upstream provider: its result is matched to an account (lifecycle/upstream/account-matching.ts). */
export const upstreamResultRoutes = [page('/upstream-result', upstreamResult)]

async function upstreamResult(turn: Turn): Promise<void> {
  const { app } = turn
  const returned = turn.existingBrowser ? await app.kept.take(RETURNED_RESULT, turn.bindingKey) : null
  if (!returned) return turn.restart()
  const provider = await app.identityProviders.findEnabled(returned.providerId)
  const fail = (problem: UpstreamProblem) => turn.redirect(turn.start + problemQuery(problem, provider))
  if (!provider) return fail('closed')
  await handleRefusals<UpstreamProblem>(turn.ctx, () => take(turn, provider, returned, fail), {
    refusals: {
      registration_closed: 'registration-closed',
      domain: 'domain',
      // The page does not reveal that the account is suspended.
      suspended: 'refused',
      address_taken: 'address-taken',
      provider_off: 'closed',
    },
    onRefusal: ({ code }) => fail(code),
  })
}

async function take(
  turn: Turn,
  provider: IdentityProvider,
  { result, begunAt }: ReturnedResult,
  fail: (problem: UpstreamProblem) => void,
): Promise<void> {
  const { app, by, browser, interaction, bindingKey } = turn
  const freshness = checkFreshness(provider, result, interaction.request.freshness, {
    begunAt,
    now: epoch(app.clock.now()),
  })
  if (freshness === 'stale') return fail('stale')
  const circumstances = { ...turn.circumstances, browser, locale: turn.ctx.state.locale }
  const received = await app.accountMatching.match(bindingKey, provider, result, circumstances)
  if (freshness === 'no-auth-time' && (await canReauthenticate(turn, received))) return fail('no-auth-time')
  await app.limits.upstreamByIp.refund(network(by.ip))
  await app.upstreamSessions.begin(bindingKey, provider, result)
  if ('pending' in received) return turn.restart()
  const { account, passed, begun } = received
  const identified = { account, method: METHODS[passed], begun }
  if (app.verification.owedBy(account)) return verifyFirst(turn, identified)
  await enter(turn, identified)
}

/**
 * Whether the person of the session can re-authenticate here, with a password or a passkey. A provider that sends no
 * `auth_time` may have let the browser through without asking, which does not prove that this person is present. A person
 * who has neither is let in, since they would be locked out otherwise.
 */
async function canReauthenticate({ app, interaction }: Turn, received: Matched): Promise<boolean> {
  if (!('account' in received) || received.account.id !== interaction.accountId) return false
  const { password, passkeys } = await app.signInMethods.of(received.account)
  return password || passkeys > 0
}
