import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const ImpersonationSchema = defineEntity({
  name: 'Impersonation',
  tableName: 'impersonation',
  properties: {
    id: p.uuid().primary(),
    /** The person. */
    account: () => p.manyToOne(Account),
    /** The account of the administrator who acts as the person. Not a reference: it stays when that account is erased. */
    administratorId: p.uuid(),
    /** Why, in the administrator's words. */
    reason: p.text(),
    minutes: p.integer(),
    /** SHA-256 of the token of the link, so that a copy of the table opens nothing. */
    digest: p.text(),
    openedAt: p.datetime(),
    linkExpiresAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    /** At the latest. */
    endsAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    /** The `uid` of the session as the person. */
    sessionUid: p.text().nullable(),
    /** The `uid` of the administrator's own session, in which it was started. */
    administratorSessionUid: p.text().nullable(),
  },
})

/** A session that an administrator opens as someone else: first a link, and then the session that it starts. */
export class Impersonation extends ImpersonationSchema.class {
  /** As operators see it. */
  summary() {
    const { id, administratorId: administrator, reason, minutes, openedAt, startedAt, endsAt, endedAt } = this
    const times = { openedAt, startedAt: startedAt ?? null, endsAt: endsAt ?? null, endedAt: endedAt ?? null }
    return { id, administrator, reason, minutes, ...times }
  }
}

ImpersonationSchema.setClass(Impersonation)
