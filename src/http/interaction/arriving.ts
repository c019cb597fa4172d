import { epoch } from '../../base/clock.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Answer } from '../../federation/answer.ts'
import { shownBy } from '../../federation/freshness.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import type { Received } from '../../lifecycle/reception.ts'
import { type Reason, UpstreamRefused } from '../../lifecycle/upstream-refused.ts'
import { network } from '../../limits/limits.ts'
import { PASSED } from '../../login/assurance.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import { problemQuery, type UpstreamProblem } from '../federation/problems.ts'
import type { Admission } from './admission.ts'
import type { Leave, Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** What somebody is told who is refused; to a suspended account nothing more is said than to any other. */
const TOLD: Record<Reason, UpstreamProblem> = {
  'registration-closed': 'registration-closed',
  domain: 'domain',
  suspended: 'refused',
  'address-taken': 'address-taken',
  'provider-off': 'closed',
}

/** Back from a provider: whoever it was goes on to where the sign-in stands. */
export class Arriving {
  readonly #parts: Parts
  readonly #passage: Passage
  readonly #admission: Admission

  constructor(parts: Parts, passage: Passage, admission: Admission) {
    this.#parts = parts
    this.#passage = passage
    this.#admission = admission
  }

  async enter(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    const place = this.#passage.place(ctx, interaction)
    const name = place && interaction.prompt === 'login' ? nameOf(place) : null
    const landing = name && (await app.landings.take(name))
    if (!name || !landing) return this.#passage.restart(ctx, interaction, leave)
    const provider = await app.identityProviders.offering(landing.providerId)
    const fail = (problem: UpstreamProblem) => this.#fail(ctx, interaction, leave, problem, provider)
    if (!provider) return fail('closed')
    const { answer, begunAt } = landing
    const shown = shownBy(provider, answer, interaction.freshness, { begunAt, now: epoch(app.clock.now()) })
    if (shown === 'stale') return fail('stale')
    const received = await this.#receive(ctx, interaction, name, provider, answer)
    if (typeof received === 'string') return fail(received)
    if (shown === 'untold' && (await this.#canShow(interaction, received))) return fail('untold')
    await app.limits.upstreamByAddress.giveBack(network(ctx.state.visitor.ip))
    await app.visits.arrive(name, provider, answer)
    if ('guest' in received) return this.#passage.restart(ctx, interaction, leave)
    const { account, passed, begun } = received
    const identified = { account, passed: PASSED[passed], begun }
    if (app.verification.owedBy(identified.account)) return this.#admission.sendLetter(ctx, interaction, identified)
    await this.#passage.enter(ctx, interaction, identified, leave)
  }

  async #receive(
    ctx: Context,
    { client }: Interaction,
    place: string,
    provider: IdentityProvider,
    answer: Answer,
  ): Promise<Received | UpstreamProblem> {
    const { reception, log } = this.#parts.app
    const { visitor: by, locale } = ctx.state
    try {
      const circumstances = { by, locale, browser: this.#parts.forms.browser(ctx), target: client.id }
      return await reception.receive(place, provider, answer, circumstances)
    } catch (error) {
      if (error instanceof UpstreamRefused) return TOLD[error.code]
      if (!(error instanceof InvalidInput)) throw error
      log.warn({ provider: provider.name }, error.message)
      return 'broken'
    }
  }

  /**
   * Whoever is signed in already may not be the one who sits here, and a provider that lets the browser through shows
   * nothing of that: they show it by what is theirs alone. Whoever has nothing of the kind is not locked out.
   */
  async #canShow({ accountId }: Interaction, received: Received): Promise<boolean> {
    if (!('account' in received) || received.account.id !== accountId) return false
    const { password, passkeys } = await this.#parts.app.waysIn.of(received.account)
    return password || passkeys > 0
  }

  async #fail(
    ctx: Context,
    interaction: Interaction,
    leave: Leave,
    problem: UpstreamProblem,
    provider: IdentityProvider | null,
  ): Promise<void> {
    leave(ctx, `${this.#parts.app.config.basePath}/interaction/${interaction.uid}${problemQuery(problem, provider)}`)
  }
}
