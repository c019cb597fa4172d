import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { KnownBrowser } from '../../credentials/known-browsers/known-browser.ts'
import { levelOf, methodsOf, reaches } from '../../login/assurance.ts'
import { type AuthenticationSession, actorOf } from '../../login/authentication-sessions.ts'
import type { Identified } from '../../login/sign-in.ts'
import type { Decision } from '../../login/sign-in-requirements.ts'
import type { Turn } from './turn.ts'

/**
 * From knowing who it is to being signed in. Each way to show that leads to `enter`, each further step to `advance`;
 * `nextStep` (login/next-step.ts) alone says when the sign-in is complete.
 */
export async function enter(turn: Turn, { account, passed, device, begun }: Identified): Promise<void> {
  const { app, by: visitor, interaction } = turn
  const open = await app.authenticationSessions.begin(account, [passed], begun === undefined ? {} : { begun })
  let decision = await decide(turn, open)
  if (decision.step === 'second-factor') {
    // A reset of all factors that is due by now happens first.
    await app.factorResets.settle(account)
    decision = await decide(turn, open)
  }
  if (decision.step === 'second-factor') {
    const by = { ...visitor, kind: 'account', id: account.id } as const
    const target = interaction.client.id
    await app.audit.write('sign-in.second-factor-requested', { by, subject: account.id, target })
  }
  await proceed(turn, decision, device)
}

/** A step was passed, or left out. */
export async function advance(turn: Turn, open: AuthenticationSession): Promise<void> {
  await proceed(turn, await decide(turn, open))
}

async function proceed(turn: Turn, { step, open }: Decision, device?: KnownBrowser | null): Promise<void> {
  if (step === 'done') return finish(turn, open, device)
  await turn.app.authenticationSessions.keep(turn.place, open)
  turn.restart()
}

/** The sign-in that is under way here; else the session, where it only lacks something; else null. */
export async function find({ app, interaction, knownBrowser, place }: Turn): Promise<AuthenticationSession | null> {
  if (interaction.prompt !== 'login' || !knownBrowser) return null
  const kept = await app.authenticationSessions.find(place)
  if (kept && kept.attempt.carriedFrom === null) return kept
  const carried = await interaction.sessionProof()
  if (!carried) return null
  if (kept?.account.id === carried.accountId) return kept
  const { accountId, passed, signedInAt: carriedFrom } = carried
  return app.authenticationSessions.begin(await app.accounts.find(accountId), passed, { carriedFrom })
}

export function decide({ app, interaction, devices }: Turn, open: AuthenticationSession): Promise<Decision> {
  return app.signInRequirements.decide(open, { ...interaction.demands, devices })
}

/** Where the sign-in stands; null where the person has not shown who they are. */
export async function standing(turn: Turn): Promise<Decision | null> {
  const open = await find(turn)
  return open && decide(turn, open)
}

/** @param known the device with which they came, where that was looked up before @throws SignedOut */
export async function finish(turn: Turn, open: AuthenticationSession, known?: KnownBrowser | null): Promise<void> {
  const { app, interaction, ctx, by: visitor } = turn
  await app.authenticationSessions.demand(open)
  const { account, attempt } = open
  const by: Actor = { ...visitor, ...actorOf(open) }
  const upstream = await upstreamSession(turn, open)
  if (attempt.carriedFrom === null) {
    await welcome(turn, open, { by, upstream, known })
    await linkPendingIdentity(turn, account, by)
  } else if (reaches(levelOf(methodsOf(attempt.passed)), '2fa')) {
    await app.audit.write('sign-in.stepped-up', { by, subject: account.id, target: interaction.client.id })
  }
  await app.deletion.cancel(account, { by })
  const login = {
    accountId: account.id,
    passed: attempt.passed,
    since: attempt.carriedFrom,
    upstreamSession: upstream?.name,
  }
  turn.leave(await interaction.signedIn(login, { by: ctx.state.visitor }))
}

/** The browser is known from now on, and trusted where that was wanted. */
async function welcome(
  turn: Turn,
  { account, attempt }: AuthenticationSession,
  { by, upstream, known }: { by: Actor; upstream: { provider: string } | null; known: KnownBrowser | null | undefined },
): Promise<void> {
  const { app, devices: tokens } = turn
  const byEmail = methodsOf(attempt.passed).has('mail') ? 'email' : null
  const how = upstream ? (`upstream:${upstream.provider}` as const) : byEmail
  const device = known === undefined ? await app.knownBrowsers.find(account, tokens) : known
  const kept = await app.completedSignIns.welcome(account, { ...turn.circumstances, tokens, device, how })
  turn.keepDevices(kept)
  const { trustedBrowserTtl } = app.config
  const own = attempt.trust && trustedBrowserTtl > 0 ? await app.knownBrowsers.find(account, kept) : null
  if (own)
    await app.knownBrowsers.trust(own, { until: new Date(app.clock.now().getTime() + trustedBrowserTtl * 1000), by })
}

/** An upstream identity that waited here for its owner belongs to the account from now on. */
async function linkPendingIdentity({ app, placeName }: Turn, account: Account, by: Actor): Promise<void> {
  if ((await app.identityProviders.enabled()).length > 0) await app.linking.settle(placeName, account, { by })
}

/** The session at an upstream provider through which they came, if they did. */
async function upstreamSession({ app, placeName }: Turn, { account, attempt }: AuthenticationSession) {
  const methods = methodsOf(attempt.passed)
  if (attempt.carriedFrom !== null || !(methods.has('upstream') || methods.has('upstream-mfa'))) return null
  return app.upstreamSessions.establish(placeName, account.id)
}
