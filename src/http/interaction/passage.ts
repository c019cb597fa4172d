import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { SignedOut } from '../../base/refusals.ts'
import type { Device } from '../../credentials/device.ts'
import { levelOf, methodsOf, reaches } from '../../login/assurance.ts'
import { actorOf, nameOf, type Open, type Place } from '../../login/open-attempts.ts'
import type { Identified } from '../../login/sign-in.ts'
import type { Decision } from '../../login/way-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { KnownDevices } from '../known-devices.ts'
import type { Leave, Parts } from './parts.ts'

/**
 * The way from «I am» to being signed in. Every way of saying who one is leads through here, and so does every further
 * step; `nextStep` alone says when it is over.
 */
export class Passage {
  readonly #parts: Parts
  readonly #knownDevices: KnownDevices

  constructor(parts: Parts, knownDevices: KnownDevices) {
    this.#parts = parts
    this.#knownDevices = knownDevices
  }

  /** Somebody has said who they are. */
  async enter(ctx: Context, interaction: Interaction, identified: Identified, leave: Leave): Promise<void> {
    const { account, passed, device, begun } = identified
    const { app } = this.#parts
    const open = await app.openAttempts.begin(account, [passed], begun === undefined ? {} : { begun })
    let decision = await this.decide(ctx, interaction, open)
    if (decision.step === 'second-factor') {
      // Whose time of waiting for the loss of all factors is over waits no longer.
      await app.factorResets.settle(account)
      decision = await this.decide(ctx, interaction, open)
    }
    if (decision.step === 'second-factor') {
      const by = { ...ctx.state.visitor, kind: 'account', id: account.id } as const
      await app.audit.write('sign-in.second-factor-requested', {
        by,
        subject: account.id,
        target: interaction.client.id,
      })
    }
    if (decision.step === 'done') return this.finish(ctx, interaction, decision.open, leave, device)
    await this.#later(ctx, interaction, decision.open, leave)
  }

  /** They have passed, or left, a step. */
  async advance(ctx: Context, interaction: Interaction, open: Open, leave: Leave): Promise<void> {
    const decision = await this.decide(ctx, interaction, open)
    if (decision.step === 'done') await this.finish(ctx, interaction, decision.open, leave)
    else await this.#later(ctx, interaction, decision.open, leave)
  }

  /** The sign-in that is under way here; else what the session has shown that is to be made surer; else null. */
  async find(ctx: Context, interaction: Interaction): Promise<Open | null> {
    const { app } = this.#parts
    const place = this.place(ctx, interaction)
    if (interaction.prompt !== 'login' || !place) return null
    const kept = await app.openAttempts.find(place)
    if (kept && kept.attempt.carriedFrom === null) return kept
    const carried = await interaction.carried()
    if (!carried) return null
    if (kept?.account.id === carried.accountId) return kept
    const { accountId, passed, signedInAt: carriedFrom } = carried
    return app.openAttempts.begin(await app.accounts.find(accountId), passed, { carriedFrom })
  }

  decide(
    ctx: Context,
    { level, demandsSecondFactor, demandsProvenAddress }: Interaction,
    open: Open,
  ): Promise<Decision> {
    return this.#parts.app.wayIn.decide(open, {
      level,
      clientDemands: demandsSecondFactor,
      provenAddress: demandsProvenAddress,
      devices: this.#knownDevices.of(ctx),
    })
  }

  /**
   * Whoever was signed out on the way begins anew.
   * @param known the device with which they came, where that was looked up before
   */
  async finish(ctx: Context, interaction: Interaction, open: Open, leave: Leave, known?: Device | null): Promise<void> {
    try {
      await this.#parts.app.openAttempts.demand(open)
      await this.#finish(ctx, interaction, open, leave, known)
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error
      this.restart(ctx, interaction, leave)
    }
  }

  async #finish(
    ctx: Context,
    interaction: Interaction,
    { account, attempt }: Open,
    leave: Leave,
    known: Device | null | undefined,
  ): Promise<void> {
    const { app } = this.#parts
    const by: Actor = { ...ctx.state.visitor, ...actorOf({ account, attempt }) }
    const tokens = this.#knownDevices.of(ctx)
    const target = interaction.client.id
    const visit = await this.#visit(ctx, interaction, { account, attempt })
    if (attempt.carriedFrom === null) {
      const device = known === undefined ? await app.devices.find(account, tokens) : known
      const how = visit
        ? (`upstream:${visit.provider}` as const)
        : methodsOf(attempt.passed).has('mail')
          ? 'email'
          : null
      const kept = await app.arrivals.welcome(account, { tokens, device, by: ctx.state.visitor, target, how })
      this.#knownDevices.keep(ctx, kept)
      if (attempt.trust) await this.#trust(account, kept, by)
      await this.#connect(ctx, interaction, account, by)
    } else if (reaches(levelOf(methodsOf(attempt.passed)), '2fa')) {
      await app.audit.write('sign-in.stepped-up', { by, subject: account.id, target })
    }
    await app.deletion.cancel(account, { by })
    const login = { accountId: account.id, passed: attempt.passed, since: attempt.carriedFrom, visit: visit?.name }
    leave(ctx, await interaction.signedIn(login, { by: ctx.state.visitor }))
  }

  /** Back to where the sign-in stands: what was posted does not belong to it. */
  restart(ctx: Context, interaction: Interaction, leave: Leave): void {
    leave(ctx, this.#here(interaction))
  }

  /** Where somebody stands: null before their browser can be told apart. */
  place(ctx: Context, { uid }: Pick<Interaction, 'uid'>): Place | null {
    const browser = this.#parts.forms.browser(ctx)
    return browser === null ? null : { interaction: uid, browser }
  }

  /** Whom a provider has named on the way here, and whose account this is, comes by it from now on. */
  async #connect(ctx: Context, interaction: Interaction, account: Account, by: Actor): Promise<void> {
    const { linking, identityProviders } = this.#parts.app
    const place = this.place(ctx, interaction)
    if (place && (await identityProviders.offered()).length > 0) await linking.settle(nameOf(place), account, { by })
  }

  /** Through which session at a provider they came, if they did. */
  async #visit(ctx: Context, interaction: Interaction, { account, attempt }: Open) {
    const methods = methodsOf(attempt.passed)
    const place = this.place(ctx, interaction)
    if (!place || attempt.carriedFrom !== null || !(methods.has('upstream') || methods.has('upstream-mfa'))) return null
    return this.#parts.app.visits.settle(nameOf(place), account.id)
  }

  async #trust(account: Account, tokens: readonly string[], by: Actor): Promise<void> {
    const { config, clock, devices } = this.#parts.app
    const device = await devices.find(account, tokens)
    if (!device || config.trustedBrowserTtl === 0) return
    const until = new Date(clock.now().getTime() + config.trustedBrowserTtl * 1000)
    await devices.trust(device, { until, by })
  }

  async #later(ctx: Context, interaction: Interaction, open: Open, leave: Leave): Promise<void> {
    const place = this.place(ctx, interaction)
    if (place) await this.#parts.app.openAttempts.keep(place, open)
    leave(ctx, this.#here(interaction))
  }

  #here({ uid }: Interaction): string {
    return `${this.#parts.app.config.basePath}/interaction/${uid}`
  }
}
