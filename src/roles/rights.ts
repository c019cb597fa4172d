import { Forbidden } from '../base/refusals.ts'
import { ALL_PERMISSIONS, GIVEN_BY_SUPERUSERS, type Permission } from '../clients/permissions.ts'

/**
 * What a person or a machine may do at Gatehouse itself. No one grants more than they have, and no one changes an account, a role or an
 * application that has more: otherwise they could get it through that.
 */
export class Rights {
  readonly permissions: ReadonlySet<Permission>
  readonly superuser: boolean

  constructor(permissions: Iterable<Permission>, superuser: boolean) {
    this.permissions = new Set(permissions)
    this.superuser = superuser
  }

  has(permission: Permission): boolean {
    return this.permissions.has(permission)
  }

  /** Whether someone with these rights may do nothing more. */
  covers({ permissions, superuser }: Rights): boolean {
    return (this.superuser || !superuser) && [...permissions].every(name => this.has(name))
  }

  /** The same, without what is not among these. Only who keeps everything stays a superuser. */
  limitedTo(permissions: Iterable<string>): Rights {
    const allowed = new Set(permissions)
    const left = [...this.permissions].filter(name => allowed.has(name))
    return new Rights(left, this.superuser && left.length === ALL_PERMISSIONS.length)
  }

  /** @param what of which the message says that it permits more @throws Forbidden */
  requireToCover(what: string, permissions: Iterable<Permission>, { superuser = false } = {}): void {
    if (superuser) this.requireSuperuser(`${what} has every permission`)
    const missing = [...permissions].filter(name => !this.has(name))
    if (missing.length > 0) throw new Forbidden(`${what} permits more than you may do yourself: ${missing.join(', ')}`)
  }

  /** The same, to give or take what has these permissions: some are given by superusers alone. @throws Forbidden */
  requireToGive(what: string, permissions: Iterable<Permission>, { superuser = false } = {}): void {
    const all = [...permissions]
    this.requireToCover(what, all, { superuser })
    const theirs = GIVEN_BY_SUPERUSERS.find(name => all.includes(name))
    if (theirs) this.requireSuperuser(`${what} has the permission ${theirs}`)
  }

  /** @param why the reason, as a sentence @throws Forbidden */
  requireSuperuser(why: string): void {
    if (!this.superuser) throw new Forbidden(`${why}; this needs a superuser, and an access token with all permissions`)
  }
}

/** Those of the command line. */
export const OPERATOR_RIGHTS = new Rights(ALL_PERMISSIONS, true)
