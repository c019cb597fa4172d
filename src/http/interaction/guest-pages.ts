import type { IdentityProvider } from '../../federation/identity-provider.ts'
import type { Guest } from '../../lifecycle/guests.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { Connecting } from './connecting.ts'
import type { Introducing } from './introducing.ts'
import type { SignInError } from './page-data.ts'
import type { Parts } from './parts.ts'
import type { Passage } from './passage.ts'

export interface Waiting {
  guest: Guest
  provider: IdentityProvider
}

/** The page in place of the sign-in page while somebody waits here whom a provider has named. */
export class GuestPages {
  readonly #parts: Parts
  readonly #passage: Passage
  readonly #connecting: Connecting
  readonly #introducing: Introducing

  constructor(parts: Parts, passage: Passage, connecting: Connecting, introducing: Introducing) {
    this.#parts = parts
    this.#passage = passage
    this.#connecting = connecting
    this.#introducing = introducing
  }

  /** Null where nobody waits, or the provider is not offered any more. */
  async at(ctx: Context, interaction: Interaction): Promise<Waiting | null> {
    const { app } = this.#parts
    if ((await app.identityProviders.offered()).length === 0) return null
    const place = this.#passage.place(ctx, interaction)
    const guest = place && (await app.guests.at(nameOf(place)))
    const provider = guest && (await app.identityProviders.offering(guest.providerId))
    return guest && provider ? { guest, provider } : null
  }

  /** @param error of a sign-in to the account that is to be connected */
  async show(ctx: Context, interaction: Interaction, waiting: Waiting, error: SignInError | null): Promise<void> {
    if (waiting.guest.accountId) await this.#connecting.page(ctx, interaction, waiting, error)
    else this.#introducing.page(ctx, interaction, waiting)
  }
}
