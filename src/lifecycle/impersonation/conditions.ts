import type { Account } from '../../accounts/account.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'
import type { Rights } from '../../roles/rights.ts'

/**
 * Who may act as whom, as the database has it now: an administrator with the permission, as a person who can sign in, and
 * who has neither more rights nor, unless the administrator is a superuser, other roles.
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
  const roles = { own: await assignments.rolesOf(administrator), theirs: await assignments.rolesOf(account) }
  const lacking = rolesBeyond(held, roles)
  if (lacking.length > 0)
    throw new Forbidden(
      `${account.email} has roles that ${administrator.email} does not have, and applications would act on them: ` +
        `${lacking.join(', ')}; this needs these roles, or a superuser`,
    )
  if (!account.active) throw new Forbidden(`${account.email} is suspended`, 'suspended')
  if (account.pendingSince != null || verification.owedBy(account))
    throw new Forbidden(`${account.email} is not verified, so nobody can sign in to it; see accounts verify`)
}

/** The roles that applications would act on although the administrator does not have them. A superuser could take any. */
export function rolesBeyond({ superuser }: Rights, { own, theirs }: Record<'own' | 'theirs', readonly string[]>) {
  return superuser ? [] : theirs.filter(name => !own.includes(name))
}
