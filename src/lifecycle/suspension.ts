import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { Roles } from '../roles/roles.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Artifacts } from '../storage/artifacts.ts'

/** Keeps a person out, and lets them in again. Their sessions and tokens end at once, and applications are told. */
export class Suspension {
  readonly #em: SqlEntityManager
  readonly #accounts: Accounts
  readonly #roles: Roles
  readonly #artifacts: Artifacts
  readonly #farewells: Farewells
  readonly #trail: Trail
  readonly #clock: Clock

  constructor({
    em,
    accounts,
    roles,
    artifacts,
    farewells,
    trail,
    clock,
  }: {
    em: SqlEntityManager
    accounts: Accounts
    roles: Roles
    artifacts: Artifacts
    farewells: Farewells
    trail: Trail
    clock: Clock
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#roles = roles
    this.#artifacts = artifacts
    this.#farewells = farewells
    this.#trail = trail
    this.#clock = clock
  }

  /** @throws NotFound, Forbidden for the last superuser */
  async suspend(idOrEmail: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.#accounts.find(idOrEmail)
    const farewells = await this.#farewells.everywhere(account.id)
    await oneAtATime(this.#em, account, { by }, async () => {
      await this.#roles.keepSuperuser(account)
      account.suspend(this.#clock.now())
      this.#trail.record('account.suspended', { by, subject: account.id })
      await this.#farewells.say(farewells)
    })
    await this.#artifacts.dropAccount(account.id)
    return account
  }

  /** @throws NotFound */
  async reinstate(idOrEmail: string, { by }: { by: Actor }): Promise<Account> {
    const account = await this.#accounts.find(idOrEmail)
    await oneAtATime(this.#em, account, { by }, async () => {
      account.reinstate()
      this.#trail.record('account.reinstated', { by, subject: account.id })
    })
    return account
  }
}
