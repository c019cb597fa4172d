import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const DeviceSchema = defineEntity({
  name: 'Device',
  tableName: 'device',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    /** SHA-256 of the token that the browser keeps. */
    digest: p.text().unique(),
    firstSeenAt: p.datetime(),
    /** The last sign-in. */
    seenAt: p.datetime(),
    /** Since and until when it is spared the second factor; what happened to the account in between ends it early. */
    trustedAt: p.datetime().nullable(),
    trustedUntil: p.datetime().nullable(),
    /** What it called itself when it was trusted. */
    userAgent: p.text().nullable(),
  },
})

/** A browser with which a person has signed in before. */
export class KnownBrowser extends DeviceSchema.class {}

DeviceSchema.setClass(KnownBrowser)
