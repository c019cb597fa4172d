import { defineEntity, type Opt, p } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import type { Profile } from './profile.ts'

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'account',
  properties: {
    id: p.uuid().primary(),
    /** Normalised by `normalizeEmail`; unique that way. */
    email: p.text().unique(),
    emailVerified: p.boolean(),
    name: p.text().nullable(),
    /** Folded (`base/text/username.ts`); whose it is, and was, is decided in `usernames.ts`. */
    username: p.text().nullable(),
    profile: p.json().$type<Profile>(),
    profileUpdatedAt: p.datetime().nullable(),
    suspendedAt: p.datetime().nullable(),
    /** Sessions and grants made before this are dead, wherever a copy of them may turn up again. */
    signedOutAt: p.datetime().nullable(),
    /** A stranger registered it and has not proven the address: a newer registration, or time, takes its place. */
    pendingSince: p.datetime().nullable(),
    /** When it will be erased, unless its person thinks better of it. */
    deletionDue: p.datetime().nullable(),
    /** Until then a second factor is only offered to them, where the rules demand one; null: not asked yet. */
    secondFactorDue: p.datetime().nullable(),
    /** From then on a passkey may be offered to them; null: nothing was said yet. */
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

  /** Whether that sign-in is dead. @param moment epoch seconds, as sessions count */
  signedOutAfter(moment: number | null): boolean {
    return moment !== null && this.signedOutAt != null && moment < epoch(this.signedOutAt)
  }

  /** The address is theirs: whoever opened an email to it says so. */
  markEmailVerified() {
    this.emailVerified = true
    this.pendingSince = null
  }

  /**
   * What `atomically.on(account, …)` does first: every change of an account, its sign-in methods or its address, from a
   * session or by a link, goes through there. Of two factors added at once one is the first, and of two sign-in methods
   * removed at once one stays. The account is read again, and a session that ended meanwhile changes nothing.
   * @param options.erase the account itself will be deleted: nothing new may refer to it meanwhile
   * @throws SignedOut; NotFound `account_gone`
   */
  async lock(em: SqlEntityManager, { by, erase = false }: { by: Actor; erase?: boolean }): Promise<void> {
    await em.execute(`select from account where id = ? for ${erase ? 'update' : 'no key update'}`, [this.id])
    // What is staged already would be lost.
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
