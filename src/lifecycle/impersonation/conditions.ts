import type { Account } from '../../accounts/account.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'

/**
 * Who may act as whom, as the database has it now: an administrator with the permission, as a person who can sign in and
 * has no more rights than they have.
 * @throws Forbidden
 */
export async function requireToImpersonate(
  { assignments, verification }: Needs<'assignments' | 'verification'>,
  administrator: Account,
  account: Account,
): Promise<void> {
  if (administrator.id === account.id) throw new Forbidden('you cannot act as yourself')
  if (!administrator.active) throw new Forbidden(`${administrator.email} is suspended`, 'suspended')
  if (verification.owedBy(administrator)) throw new Forbidden(`${administrator.email} is not verified`)
  const held = await assignments.rightsOf(administrator)
  if (!held.has('accounts:impersonate'))
    throw new Forbidden(`${administrator.email} does not have the permission accounts:impersonate`)
  const { permissions, superuser } = await assignments.rightsOf(account)
  held.requireToCover('the account', permissions, { superuser })
  if (!account.active) throw new Forbidden(`${account.email} is suspended`, 'suspended')
  if (account.pendingSince != null || verification.owedBy(account))
    throw new Forbidden(`${account.email} is not verified, so nobody can sign in to it; see accounts verify`)
}
