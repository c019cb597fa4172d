import { parseEmail } from '../../../accounts/email.ts'
import { network } from '../../../base/network/ip-ranges.ts'
import { NotFound } from '../../../base/refusals.ts'
import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import { keptKind } from '../../../storage/artifacts/kept.ts'
import { problemIn } from '../../federation/problems.ts'
import { handleRefusals, type PageProblem, type RefusalCodes } from '../../kit/errors/error-responses.ts'
import { providerView } from '../../kit/pages/page-parts.ts'
import { form } from '../../kit/pages/route.ts'
import type { SignInError } from '../page-data.ts'
import { signInPage } from '../sign-in.ts'
import type { Turn } from '../turn.ts'
import { pendingIdentity } from './pending-identity.ts'

/** That the interaction has led to the provider that its request names; as long as an interaction lives. */
const LED = keptKind<object>('UpstreamHint', { ttl: 60 * 60 })

type Code = SignInError['code']

const REFUSALS: RefusalCodes<Code> = {
  not_found: 'upstream-closed',
  too_many_attempts: 'upstream-limited',
  upstream_cancelled: 'upstream-cancelled',
  upstream_unavailable: 'upstream-unavailable',
  upstream_broken: 'upstream-broken',
  forbidden_form: 'form-expired',
}

/** Sending the browser to an upstream provider: by its button, or at once where the application's request names one. */
export const upstreamRequestRoutes = [
  form<Turn, Code>('/upstream', byButton, {
    leavesRecord: true,
    refusals: REFUSALS,
    onRefusal: async (turn, problem) => refused(turn, problem, await chosen(turn)),
  }),
]

/** Where the person has not shown yet who they are. */
export async function frontPage(turn: Turn): Promise<void> {
  const { app, by, ctx } = turn
  const told = await problemIn(ctx, app)
  if (told) return signInPage(turn, { error: { code: `upstream-${told.problem}`, provider: told.title } })
  const named = await namedProvider(turn)
  if (!named) return signInPage(turn)
  const go = async () => {
    // By the button, this is counted where all forms are that leave a record.
    await app.limits.recordsByIp.take(network(by.ip))
    turn.redirect((await begin(turn, named)).href)
  }
  await handleRefusals(ctx, go, { refusals: REFUSALS, onRefusal: problem => refused(turn, problem, named) })
}

/**
 * Answered with a page that leads on, not with a redirect: browsers hold a form's redirects to the policy of its page,
 * and the addresses that a provider redirects through cannot be listed.
 */
async function byButton(turn: Turn): Promise<void> {
  const provider = await chosen(turn)
  if (!provider) throw new NotFound('no such provider is offered')
  const url = await begin(turn, provider)
  turn.answer('interaction/redirect-to-provider', { provider: providerView(provider), url: url.href })
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
 * The provider that the application's request names: by `idp_hint`, or by the domain of a `login_hint` that is one
 * provider's alone. Once in an interaction: a person who comes back finds the other ways to sign in.
 */
async function namedProvider(turn: Turn): Promise<IdentityProvider | null> {
  const { app, interaction } = turn
  const provider = interaction.accountId ? null : await hintedProvider(turn)
  if (!provider || (await pendingIdentity(turn))) return null
  return (await app.kept.putFirst(LED, interaction.uid, {})) ? provider : null
}

async function hintedProvider({ app: { identityProviders }, interaction }: Turn): Promise<IdentityProvider | null> {
  const hint = interaction.request.parameter('idp_hint')
  if (hint) return identityProviders.findEnabled(hint)
  const domain = parseEmail(interaction.request.parameter('login_hint') ?? '')?.split('@')[1]
  const theirs = domain ? (await identityProviders.enabled()).filter(each => each.policy.domains.includes(domain)) : []
  return theirs.length === 1 ? theirs[0]! : null
}
