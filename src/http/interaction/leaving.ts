import { parseEmail } from '../../accounts/email.ts'
import { TooManyAttempts } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import { UpstreamFailure } from '../../federation/upstream-failure.ts'
import { network } from '../../limits/limits.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import { problemIn } from '../federation/problems.ts'
import type { SignInError } from './page-data.ts'
import type { Leave, Parts } from './parts.ts'
import { providerView } from './providers.ts'
import type { SigningIn } from './sign-in.ts'

/** As long as an interaction lives, in seconds. */
const TTL = 60 * 60

/** Setting out to a provider: by its button, or straight away where the application's request names one. */
export class Leaving {
  readonly #parts: Parts
  readonly #signingIn: SigningIn

  constructor(parts: Parts, signingIn: SigningIn) {
    this.#parts = parts
    this.#signingIn = signingIn
  }

  /** For whoever has not said who they are yet. */
  async front(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const told = await problemIn(ctx, this.#parts.app)
    if (told) {
      const error: SignInError = { code: `upstream-${told.problem}`, provider: told.title }
      return this.#signingIn.page(ctx, interaction, { error })
    }
    const named = await this.#named(ctx, interaction)
    if (!named) return this.#signingIn.page(ctx, interaction)
    try {
      // By the button, this is counted where all forms are that leave a record.
      await this.#parts.app.limits.recordsByAddress.take(network(ctx.state.visitor.ip))
      leave(ctx, (await this.#begin(ctx, interaction, named)).href)
    } catch (error) {
      await this.#again(ctx, interaction, named, error)
    }
  }

  /**
   * Answered with a page that leads on, not with a redirect: browsers hold a form's redirects to the policy of its page,
   * and nobody can list the addresses that a provider redirects through.
   */
  async submit(ctx: Context, interaction: Interaction): Promise<void> {
    const { app, forms, show } = this.#parts
    const again = this.#signingIn.again(ctx, interaction, '')
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })
    const provider = await app.identityProviders.offering(ctx.state.form.get('provider') ?? '')
    if (!provider) return again(404, { code: 'upstream-closed', provider: null })
    try {
      const url = await this.#begin(ctx, interaction, provider)
      show(ctx, 'interaction/onward', { provider: providerView(provider), url: url.href })
    } catch (error) {
      await this.#again(ctx, interaction, provider, error)
    }
  }

  async #begin(ctx: Context, interaction: Interaction, provider: IdentityProvider): Promise<URL> {
    const { app, forms } = this.#parts
    const { uid } = interaction
    await app.limits.upstreamByAddress.take(network(ctx.state.visitor.ip))
    const browser = forms.acquainted(ctx)
    await interaction.prolong()
    await app.guests.drop(nameOf({ interaction: uid, browser }))
    const trip = await app.trips.begin(provider, { to: 'interaction', uid }, browser)
    return app.upstreams.begin(provider, trip, {
      loginHint: interaction.parameter('login_hint'),
      ...interaction.freshness,
    })
  }

  async #again(ctx: Context, interaction: Interaction, { title }: IdentityProvider, error: unknown) {
    const again = this.#signingIn.again(ctx, interaction, '')
    if (error instanceof TooManyAttempts)
      return again(error.status, { code: 'upstream-limited', retryAfter: error.retryAfter })
    if (!(error instanceof UpstreamFailure)) throw error
    await again(error.status, { code: `upstream-${error.problem}`, provider: title })
  }

  /**
   * The provider that the application's request names: by `idp_hint`, or by the domain of a `login_hint` that is one
   * provider's alone. Once in an interaction, so that whoever comes back finds the other ways in.
   */
  async #named(ctx: Context, interaction: Interaction): Promise<IdentityProvider | null> {
    const { app } = this.#parts
    const provider = interaction.accountId ? null : await this.#hinted(interaction)
    if (!provider || (await this.#signingIn.awaited(ctx, interaction))) return null
    return (await app.artifacts.putIfAbsent('UpstreamHint', interaction.uid, {}, TTL)) ? provider : null
  }

  async #hinted(interaction: Interaction): Promise<IdentityProvider | null> {
    const { identityProviders } = this.#parts.app
    const hint = interaction.parameter('idp_hint')
    if (hint) return identityProviders.offering(hint)
    const domain = parseEmail(interaction.parameter('login_hint') ?? '')?.split('@')[1]
    const theirs = domain
      ? (await identityProviders.offered()).filter(({ policy }) => policy.domains.includes(domain))
      : []
    return theirs.length === 1 ? theirs[0]! : null
  }
}
