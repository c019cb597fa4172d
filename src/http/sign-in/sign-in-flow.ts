import type { Actor } from '../../base/actor.ts'
import type { KnownBrowser } from '../../credentials/known-browsers/known-browser.ts'
import { levelOf, methodNames, reaches } from '../../login/assurance.ts'
import { actorOf, type PendingSignIn } from '../../login/pending-sign-ins.ts'
import type { Identified } from '../../login/sign-in.ts'
import type { Decision } from '../../login/sign-in-requirements.ts'
import type { Turn } from './turn.ts'

/**
 * Continues a sign-in once the person is identified. Each way to do that ends in `enter`, and each further step in
 * `advance`; `nextStep` (login/next-step.ts) alone decides when the sign-in is complete.
 */
export async function enter(turn: Turn, { account, method, browser, begun }: Identified): Promise<void> {
  const { app, by: visitor, interaction } = turn
  const signIn = await app.pendingSignIns.begin(account, [method], begun === undefined ? {} : { begun })
  let decision = await decide(turn, signIn)
  if (decision.step === 'second-factor') {
    // A reset of all factors that is due by now is carried out first.
    await app.factorResets.settle(account)
    decision = await decide(turn, signIn)
  }
  if (decision.step === 'second-factor') {
    const by = { ...visitor, kind: 'account', id: account.id } as const
    const event = { by, subject: account.id, target: interaction.client.id }
    await app.audit.write('sign-in.second-factor-requested', event)
  }
  await proceed(turn, decision, browser)
}

/** After a step was passed or skipped. */
export async function advance(turn: Turn, signIn: PendingSignIn): Promise<void> {
  await proceed(turn, await decide(turn, signIn))
}

async function proceed(turn: Turn, { step, signIn }: Decision, device?: KnownBrowser | null): Promise<void> {
  if (step === 'done') return finish(turn, signIn, device)
  await turn.app.pendingSignIns.keep(turn.binding, signIn)
  turn.restart()
}

/** The pending sign-in; else the session, if its level is too low; else null. */
export async function findSignIn({ app, interaction, existingBrowser, binding }: Turn): Promise<PendingSignIn | null> {
  if (interaction.prompt !== 'login' || !existingBrowser) return null
  const kept = await app.pendingSignIns.find(binding)
  if (kept && kept.progress.carriedFrom === null) return kept
  const carried = await interaction.sessionProof()
  if (!carried) return null
  if (kept?.account.id === carried.accountId) return kept
  const { accountId, passed, signedInAt: carriedFrom } = carried
  return app.pendingSignIns.begin(await app.accounts.find(accountId), passed, { carriedFrom })
}

export function decide({ app, interaction, browserTokens }: Turn, signIn: PendingSignIn): Promise<Decision> {
  return app.signInRequirements.decide(signIn, { ...interaction.request.requirements, browserTokens })
}

/** The current step; null if the person has not been identified. */
export async function currentDecision(turn: Turn): Promise<Decision | null> {
  const signIn = await findSignIn(turn)
  return signIn && decide(turn, signIn)
}

/** @param known the known browser, if it was looked up before @throws SignedOut */
export async function finish(turn: Turn, signIn: PendingSignIn, known?: KnownBrowser | null): Promise<void> {
  const { app, interaction, ctx, by: visitor } = turn
  await app.pendingSignIns.requireValid(signIn)
  const { account, progress } = signIn
  const by: Actor = { ...visitor, ...actorOf(signIn) }
  const upstream = await upstreamSession(turn, signIn)
  if (progress.carriedFrom === null) {
    await rememberBrowser(turn, signIn, { by, upstream, known })
    if ((await app.identityProviders.enabled()).length > 0)
      await app.linking.linkPending(turn.bindingKey, account, { by })
  } else if (reaches(levelOf(methodNames(progress.passed)), '2fa')) {
    await app.audit.write('sign-in.stepped-up', { by, subject: account.id, target: interaction.client.id })
  }
  await app.deletion.cancel(account, { by })
  const { passed, carriedFrom: since } = progress
  const login = { accountId: account.id, passed, since, upstreamSession: upstream?.name }
  turn.leave(await interaction.completeSignIn(login, { by: ctx.state.visitor }))
}

/** Remembers the browser, and trusts it if the person chose that. */
async function rememberBrowser(
  turn: Turn,
  { account, progress }: PendingSignIn,
  { by, upstream, known }: { by: Actor; upstream: { provider: string } | null; known: KnownBrowser | null | undefined },
): Promise<void> {
  const { app, browserTokens } = turn
  const byEmail = methodNames(progress.passed).has('email') ? ('email' as const) : null
  const reason = upstream ? (`upstream:${upstream.provider}` as const) : byEmail
  const browser = known === undefined ? await app.knownBrowsers.find(account, browserTokens) : known
  const signedIn = { ...turn.circumstances, browserTokens, browser, reason }
  const kept = await app.completedSignIns.record(account, signedIn)
  turn.keepBrowserTokens(kept)
  const { trustedBrowserTtl } = app.config
  const own = progress.trust && trustedBrowserTtl > 0 ? await app.knownBrowsers.find(account, kept) : null
  if (own)
    await app.knownBrowsers.trust(own, { until: new Date(app.clock.now().getTime() + trustedBrowserTtl * 1000), by })
}

/** The session at the upstream provider through which the person signed in, if any. */
async function upstreamSession({ app, bindingKey }: Turn, { account, progress }: PendingSignIn) {
  const methods = methodNames(progress.passed)
  if (progress.carriedFrom !== null || !(methods.has('upstream') || methods.has('upstream-mfa'))) return null
  return app.upstreamSessions.establish(bindingKey, account.id)
}
