import type { Account } from '../../accounts/account.ts'
import { Refusal } from '../../base/refusals.ts'
import type { Identity } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'

export type Reason = 'registration-closed' | 'domain' | 'suspended' | 'address-taken' | 'provider-off'

/** An upstream provider has said who somebody is, and they are not let in by it. */
export class UpstreamRefused extends Refusal {
  readonly code: Reason
  /** Whom it is about, for the trail. */
  readonly accountId: string | null
  constructor(code: Reason, accountId: string | null = null) {
    super(WORDS[code])
    this.code = code
    this.accountId = accountId
  }
}

const WORDS: Readonly<Record<Reason, string>> = {
  'registration-closed': 'there is no account for them, and this provider makes none',
  domain: 'this provider is for people with a confirmed address at certain domains',
  suspended: 'the account is suspended',
  'address-taken': 'another account has this address',
  'provider-off': 'nobody signs in through this provider any more',
}

/** @throws UpstreamRefused where the provider is for certain domains, and does not vouch for an address at one */
export function checkDomain(
  { policy: { domains } }: Pick<IdentityProvider, 'policy'>,
  { email, emailVerified }: Pick<Identity, 'email' | 'emailVerified'>,
  account: Pick<Account, 'id'> | null = null,
): void {
  const domain = emailVerified ? email?.split('@').at(-1) : undefined
  if (domains.length > 0 && !(domain && domains.includes(domain)))
    throw new UpstreamRefused('domain', account?.id ?? null)
}
