import { defineEntity, type Opt, p } from '@mikro-orm/core'
import { epoch } from '../base/clock.ts'
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
    /** Folded (`base/username.ts`); whose it is, and was, is decided in `usernames.ts`. */
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

  /** The language of letters to this person. */
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

  /** The address is theirs: whoever opened a letter to it says so. */
  proveAddress() {
    this.emailVerified = true
    this.pendingSince = null
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
