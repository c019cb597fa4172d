import type { Provider as Library } from 'oidc-provider'
import { Provider } from '../provider/library.ts'

/**
 * A person whose session is no longer valid (people/find-account.ts) signs in as if there were none. Otherwise the sign-in
 * would belong to that session, which may still be in the store, and would expire with it.
 */
export function leaveInvalidSession({ Interaction }: Library): void {
  const { save } = Interaction.prototype
  Interaction.prototype.save = function (this: InstanceType<typeof Interaction>, ttl) {
    const { session, account } = Provider.ctx?.oidc ?? {}
    const begins = this.result === undefined
    if (begins && session?.accountId && !account) delete this.session
    return save.call(this, ttl)
  }
}
