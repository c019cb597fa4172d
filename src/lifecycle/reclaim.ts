import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { Forbidden, NotFound } from '../base/refusals.ts'
import type { Devices } from '../credentials/devices.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { Factors } from '../credentials/factors.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import type { IdentityProvider } from '../federation/identity-provider.ts'
import type { IdentityProviders } from '../federation/identity-providers.ts'
import { SUPERUSER } from '../roles/role.ts'
import type { Roles } from '../roles/roles.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Consents } from '../tokens/consents.ts'
import type { Erasure } from './erasure.ts'
import type { FactorResets } from './factor-resets.ts'
import { type Guest, type Guests, type PassedUpstream, passedBy } from './guests.ts'
import type { Mirroring } from './mirroring.ts'

/**
 * The owner of an address takes over an account that anybody could have made with it: an upstream provider vouches that
 * it is theirs, and nobody had proven it here. Of whoever made the account nothing stays that would let them in beside
 * the owner, or speak in their name. Roles stay: operators gave them to whoever has the address.
 */
export class Reclaim {
  readonly #em: SqlEntityManager
  readonly #clock: Clock
  readonly #guests: Guests
  readonly #identityProviders: IdentityProviders
  readonly #identityLinks: IdentityLinks
  readonly #passwords: Passwords
  readonly #factors: Factors
  readonly #factorResets: FactorResets
  readonly #devices: Devices
  readonly #links: OneTimeLinks
  readonly #consents: Consents
  readonly #roles: Roles
  readonly #erasure: Erasure
  readonly #mirroring: Mirroring
  readonly #letters: FactorLetters
  readonly #farewells: Farewells
  readonly #artifacts: Artifacts
  readonly #trail: Trail

  constructor(parts: {
    em: SqlEntityManager
    clock: Clock
    guests: Guests
    identityProviders: IdentityProviders
    identityLinks: IdentityLinks
    passwords: Passwords
    factors: Factors
    factorResets: FactorResets
    devices: Devices
    links: OneTimeLinks
    consents: Consents
    roles: Roles
    erasure: Erasure
    mirroring: Mirroring
    factorLetters: FactorLetters
    farewells: Farewells
    artifacts: Artifacts
    trail: Trail
  }) {
    this.#em = parts.em
    this.#clock = parts.clock
    this.#guests = parts.guests
    this.#identityProviders = parts.identityProviders
    this.#identityLinks = parts.identityLinks
    this.#passwords = parts.passwords
    this.#factors = parts.factors
    this.#factorResets = parts.factorResets
    this.#devices = parts.devices
    this.#links = parts.links
    this.#consents = parts.consents
    this.#roles = parts.roles
    this.#erasure = parts.erasure
    this.#mirroring = parts.mirroring
    this.#letters = parts.factorLetters
    this.#farewells = parts.farewells
    this.#artifacts = parts.artifacts
    this.#trail = parts.trail
  }

  /** Whether its address can be had in this way: not by whoever could do everything then. */
  async allowed(account: Account): Promise<boolean> {
    if (account.emailVerified || account.pendingSince || !account.active) return false
    return !(await this.#roles.of(account)).includes(SUPERUSER)
  }

  /** @throws NotFound `guest_gone` where nobody waits here; Forbidden where it is theirs no more; Conflict */
  async by(
    place: string,
    { by: visitor, locale }: { by: Actor; locale?: Account['language'] },
  ): Promise<{ account: Account; passed: PassedUpstream }> {
    const guest = await this.#guests.at(place)
    const provider = guest && (await this.#identityProviders.open(guest.providerId))
    if (!guest?.accountId || !provider?.policy.linking || !(await this.#guests.drop(place)))
      throw new NotFound('nobody waits here any more', 'guest_gone')
    const { accountId } = guest
    const by: Actor = { ...visitor, kind: 'account', id: accountId }
    const farewells = await this.#farewells.everywhere(accountId)
    const account = await this.#em.findOneOrFail(Account, { id: accountId }, { failHandler: gone })
    await oneAtATime(this.#em, account, { by }, async () => {
      if (!guest.reclaimable || account.email !== guest.identity.email || !(await this.allowed(account)))
        throw new Forbidden('this account cannot be taken over', 'not_reclaimable')
      await this.#empty(account, { by })
      await this.#fill(account, provider, guest, { by, locale })
      this.#trail.record('account.reclaimed', { by, subject: account.id, target: provider.name })
      await this.#letters.changed(account, 'account-reclaimed', { by, provider: provider.title })
      await this.#farewells.say(farewells)
    })
    await this.#artifacts.dropAccount(account.id)
    return { account, passed: passedBy(guest) }
  }

  async #empty(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#passwords.forget(account, { by })
    await this.#factorResets.cancel(account, { by })
    await this.#factors.reset(account, { by })
    await this.#devices.forget(account)
    await this.#identityLinks.clear(account, { by })
    await this.#consents.forget(account)
    await this.#links.revokeAll(account)
    Object.assign(account, { deletionDue: null, secondFactorDue: null, passkeyOfferAt: null, profileUpdatedAt: null })
    account.signOutEverywhere(this.#clock.now())
  }

  async #fill(
    account: Account,
    provider: IdentityProvider,
    guest: Guest,
    { by, locale }: { by: Actor; locale: Account['language'] | undefined },
  ): Promise<void> {
    await this.#mirroring.fill(account, guest.identity, { by, name: guest.identity.name, locale })
    account.proveAddress()
    await this.#erasure.ofPendingPerson(provider, guest.identity)
    this.#identityLinks.use(await this.#identityLinks.add(account, provider, guest, { by }), guest)
    await this.#mirroring.renew(account, provider, guest.identity, { by })
  }
}

function gone(): Error {
  return new NotFound('the account is gone', 'guest_gone')
}
