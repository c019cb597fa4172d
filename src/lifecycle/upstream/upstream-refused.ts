import type { Account } from '../../accounts/account.ts'
import type { Reason } from '../../audit/details.ts'
import { Refusal } from '../../base/refusals.ts'
import type { Identity } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'

/** Why an identity of an upstream provider is refused: the message, and the reason in the audit log. */
const REFUSALS = {
  registration_closed: ['no account is connected, and this provider does not create accounts', 'registration-closed'],
  domain: ['this provider accepts only verified email addresses of certain domains', 'domain'],
  suspended: ['the account is suspended', 'suspended'],
  address_taken: ['another account has this email address', 'address-taken'],
  provider_off: ['this provider is turned off', 'provider-off'],
} as const satisfies Record<string, readonly [message: string, reason: Reason<'sign-in.refused'>]>

type Code = keyof typeof REFUSALS

/** An upstream provider has authenticated a person who may not sign in here. */
export class UpstreamRefused extends Refusal {
  readonly code: Code
  readonly reason: (typeof REFUSALS)[Code][1]
  /** The account that the audit event is about, if any. */
  readonly accountId: string | null
  constructor(code: Code, accountId: string | null = null) {
    super(REFUSALS[code][0])
    this.code = code
    this.reason = REFUSALS[code][1]
    this.accountId = accountId
  }
}

/** @throws UpstreamRefused if the provider is limited to certain domains and the verified email address is at none of them */
export function checkDomain(
  { policy: { domains } }: Pick<IdentityProvider, 'policy'>,
  { email, emailVerified }: Pick<Identity, 'email' | 'emailVerified'>,
  account: Pick<Account, 'id'> | null = null,
): void {
  const domain = emailVerified ? email?.split('@').at(-1) : undefined
  if (domains.length > 0 && !(domain && domains.includes(domain)))
    throw new UpstreamRefused('domain', account?.id ?? null)
}
