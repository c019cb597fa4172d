import { parseEmail } from '../../../accounts/email.ts'
import { network } from '../../../base/network/ip-ranges.ts'
import { NotFound } from '../../../base/refusals.ts'
import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import { keptKind } from '../../../storage/artifacts/kept.ts'
import { problemIn } from '../../federation/problems.ts'
import { handleRefusals, type PageProblem, type RefusalCodes } from '../../kit/errors/error-responses.ts'
import { providerView } from '../../kit/pages/page-parts.ts'
import { form } from '../../kit/pages/route.ts'
import { chooseAccountPage } from '../choose-account.ts'
import type { SignInError } from '../page-data.ts'
import { registerPage } from '../register.ts'
import { signInPage } from '../sign-in-page.ts'
import type { Turn } from '../turn.ts'
import { pendingIdentity } from './pending-identity.ts'

/** Marks that an interaction has redirected to the provider that its request names. Kept as long as an interaction. */
const REDIRECTED = keptKind<object>('UpstreamHint', { ttl: 60 * 60 })

type Code = SignInError['code']

const REFUSALS: RefusalCodes<Code> = {
  not_found: 'upstream-closed',
  too_many_attempts: 'upstream-limited',
  upstream_cancelled: 'upstream-cancelled',
  upstream_unavailable: 'upstream-unavailable',
  upstream_broken: 'upstream-broken',
  forbidden_form: 'form-expired',
}

/** Sends the browser to an upstream provider: by its button, or at once if the application's request names one. */
export const upstreamRequestRoutes = [
  form<Turn, Code>('/upstream', byButton, {
    leavesRecord: true,
    refusals: REFUSALS,
    onRefusal: async (turn, problem) => refused(turn, problem, await chosen(turn)),
  }),
]

/**
 * The page for a person who is not identified yet: the one that the application asks for, the sign-in page, or a redirect to
 * the provider that the request names.
 */
export async function identifyPage(turn: Turn): Promise<void> {
  const { app, by, ctx } = turn
  const failure = await problemIn(ctx, app)
  if (failure) return signInPage(turn, { error: { code: `upstream-${failure.problem}`, provider: failure.title } })
  if (await firstPage(turn)) return
  const named = await namedProvider(turn)
  if (!named) return signInPage(turn)
  const redirect = async () => {
    // `leavesRecord` counts the form of the button. This redirect has no form, so it is counted here.
    await app.limits.recordsByIp.take(network(by.ip))
    turn.redirect((await begin(turn, named)).href)
  }
  await handleRefusals(ctx, redirect, { refusals: REFUSALS, onRefusal: problem => refused(turn, problem, named) })
}

/**
 * Answers with a page that redirects to the provider. Browsers apply the form-action policy of a page to the redirects after
 * its form too, and the addresses that a provider redirects through cannot be listed.
 */
async function byButton(turn: Turn): Promise<void> {
  const provider = await chosen(turn)
  if (!provider) throw new NotFound('there is no such provider')
  const url = await begin(turn, provider)
  turn.answer('interaction/redirect-to-provider', { provider: providerView(provider), url: url.href })
}

/** Registration or the account chooser, if the application asks for it. @returns whether it was shown */
async function firstPage(turn: Turn): Promise<boolean> {
  const { app, interaction } = turn
  if (interaction.firstPage === 'sign-in' || (await pendingIdentity(turn))) return false
  if (interaction.firstPage === 'choose-account') return chooseAccountPage(turn)
  if (app.registration.open) await registerPage(turn)
  return app.registration.open
}

function chosen(turn: Turn): Promise<IdentityProvider | null> {
  return turn.app.identityProviders.findEnabled(turn.field('provider'))
}

function refused(turn: Turn, problem: PageProblem<Code>, provider: IdentityProvider | null): Promise<void> {
  return signInPage(turn, { email: '', error: { ...problem, provider: provider?.title ?? null } })
}

async function begin(turn: Turn, provider: IdentityProvider): Promise<URL> {
  const { app, by, browser, interaction, bindingKey } = turn
  await app.limits.upstreamByIp.take(network(by.ip))
  await interaction.extend()
  await app.pendingIdentities.drop(bindingKey)
  const upstreamRequest = await app.upstreamRequests.begin(
    provider,
    { to: 'interaction', uid: interaction.uid },
    browser,
  )
  const loginHint = interaction.request.parameter('login_hint')
  return app.upstreamClient.authorizationUrl(provider, upstreamRequest, { loginHint, ...interaction.request.freshness })
}

/**
 * The provider that the application's request names: by `idp_hint`, or by a `login_hint` whose domain belongs to exactly one
 * provider. It is used once per interaction, so that a person who comes back sees all sign-in methods.
 */
async function namedProvider(turn: Turn): Promise<IdentityProvider | null> {
  const { app, interaction } = turn
  const provider = interaction.accountId ? null : await hintedProvider(turn)
  if (!provider || (await pendingIdentity(turn))) return null
  return (await app.kept.putFirst(REDIRECTED, interaction.uid, {})) ? provider : null
}

async function hintedProvider({ app: { identityProviders }, interaction }: Turn): Promise<IdentityProvider | null> {
  const hint = interaction.request.parameter('idp_hint')
  if (hint) return identityProviders.findEnabled(hint)
  const domain = parseEmail(interaction.request.parameter('login_hint') ?? '')?.split('@')[1]
  const matching = domain
    ? (await identityProviders.enabled()).filter(each => each.policy.domains.includes(domain))
    : []
  return matching.length === 1 ? matching[0]! : null
}
