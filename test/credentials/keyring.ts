import type { Account } from '../../src/accounts/account.ts'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { type Habits, SecurityKey } from '../support/security-key.ts'

/** Operations that many tests of passkeys use. */
export class Keyring {
  readonly gatehouse: Gatehouse
  readonly testAccounts: TestAccounts
  readonly origin: string

  constructor(gatehouse: Gatehouse) {
    this.gatehouse = gatehouse
    this.testAccounts = new TestAccounts(gatehouse)
    this.origin = new URL(gatehouse.url).origin
  }

  get app() {
    return this.gatehouse.app
  }

  newKey(habits: Partial<Habits> = {}): SecurityKey {
    return new SecurityKey({ origin: this.origin, ...habits })
  }

  /** A person with a passkey. */
  async person(habits: Partial<Habits> = {}) {
    const { id } = await makePerson(this.gatehouse)
    const key = this.newKey(habits)
    return { id, key, passkey: await this.add(id, key) }
  }

  of(id: string) {
    return this.app.scope(() => this.app.passkeys.of(id))
  }

  add(id: string, key: SecurityKey, { instead = {}, name }: { instead?: Partial<Habits>; name?: string } = {}) {
    return this.testAccounts.with(id, async account => {
      const { options, challengeToken } = await this.app.passkeys.registrationOptions(account)
      const response = key.create(options, instead)
      return this.app.passkeys.register(account, { challengeToken, response, name }, as(account))
    })
  }

  /** Signs in with the passkey alone. */
  signIn(key: SecurityKey, instead: Partial<Habits> = {}, { scope, passkeyAuthentication } = this.app) {
    return scope(async () => {
      const { options, challengeToken } = await passkeyAuthentication.options(null)
      return passkeyAuthentication.verify({ challengeToken, response: key.get(options, instead) }, { by: stranger() })
    })
  }

  /** Uses the passkey as a second factor. */
  confirm(id: string, key: SecurityKey, instead: Partial<Habits> = {}) {
    return this.testAccounts.with(id, async account => {
      const { options, challengeToken } = await this.app.passkeyAuthentication.options(account)
      return this.app.passkeyAuthentication.verify(
        { challengeToken, response: key.get(options, instead), account },
        { by: stranger() },
      )
    })
  }
}

/** The owner of the account as the actor. */
export function as(account: Account) {
  return { by: { ...stranger(), kind: 'account' as const, id: account.id } }
}
