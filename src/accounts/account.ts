import { defineEntity, type Opt, p } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import type { Profile } from './profile.ts'

/**
 * An id that no account has. A search for its credentials or links takes as long as a search for those of a real one.
 */
export const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000'

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'account',
  properties: {
    id: p.uuid().primary(),
    /** Normalized by `normalizeEmail`; unique. */
    email: p.text().unique(),
    emailVerified: p.boolean(),
    name: p.text().nullable(),
    /** Folded (`base/text/username.ts`); `Usernames` decides who gets it. */
    username: p.text().nullable(),
    profile: p.json().$type<Profile>(),
    profileUpdatedAt: p.datetime().nullable(),
    suspendedAt: p.datetime().nullable(),
    /** Sessions and grants from before this time are invalid, also in a restored backup. */
    signedOutAt: p.datetime().nullable(),
    /** Registered, but the email is not verified yet: a newer registration replaces it, and it expires. */
    pendingSince: p.datetime().nullable(),
    /** When it will be erased, unless the person cancels the deletion. */
    deletionDue: p.datetime().nullable(),
    /** Until then a required second factor can be postponed; null: not asked yet. */
    secondFactorDue: p.datetime().nullable(),
    /** From then on a passkey may be offered; null: not offered yet. */
    passkeyOfferAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
})

/** A person who can sign in. */
export class Account extends AccountSchema.class {
  get active(): Opt<boolean> {
    return this.suspendedAt == null
  }

  /** The language of emails to this person. */
  get language(): Opt<'en' | 'ru'> {
    return /^ru\b/i.test(this.profile.locale ?? '') ? 'ru' : 'en'
  }

  suspend(at: Date) {
    this.suspendedAt ??= at
    this.signOutEverywhere(at)
  }

  reinstate() {
    this.suspendedAt = null
  }

  signOutEverywhere(at: Date) {
    this.signedOutAt = at
  }

  /** Whether a sign-in of that moment was ended by `signOutEverywhere`. @param moment epoch seconds */
  signedOutAfter(moment: number | null): boolean {
    return moment !== null && this.signedOutAt != null && moment < epoch(this.signedOutAt)
  }

  markEmailVerified() {
    this.emailVerified = true
    this.pendingSince = null
  }

  /**
   * Locks the account, as the first step of `atomically.on(account, …)`. Changes of an account, its sign-in methods or
   * its email all run there, one at a time: of two factors added at once only one counts as the first, and of two
   * sign-in methods removed at once one remains. The account is read again, and an actor whose session has ended
   * meanwhile is refused.
   * @param options.erase the account will be deleted, so nothing new may refer to it meanwhile
   * @throws SignedOut; NotFound `account_gone`
   */
  async lock(em: SqlEntityManager, { by, erase = false }: { by: Actor; erase?: boolean }): Promise<void> {
    await em.execute(`select from account where id = ? for ${erase ? 'update' : 'no key update'}`, [this.id])
    // Refreshing would discard staged changes.
    await em.flush()
    if (!(await em.refresh(this))) throw new NotFound('the account is gone', 'account_gone')
    if (by.id === this.id && this.signedOutAfter(by.signedInAt ?? null)) throw new SignedOut()
  }

  summary() {
    return {
      id: this.id,
      email: this.email,
      emailVerified: this.emailVerified,
      name: this.name ?? null,
      username: this.username ?? null,
      active: this.active,
      suspendedAt: this.suspendedAt ?? null,
      deletionDue: this.deletionDue ?? null,
      createdAt: this.createdAt,
    }
  }
}

AccountSchema.setClass(Account)
