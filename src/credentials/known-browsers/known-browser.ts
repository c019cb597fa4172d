import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const KnownBrowserSchema = defineEntity({
  name: 'KnownBrowser',
  tableName: 'known_browser',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    /** SHA-256 of the token that the browser keeps. */
    digest: p.text().unique(),
    firstSeenAt: p.datetime(),
    /** When it last signed in. */
    seenAt: p.datetime(),
    /** The period in which it is not asked for the second factor. Changes to the account can end it early. */
    trustedAt: p.datetime().nullable(),
    trustedUntil: p.datetime().nullable(),
    /** The user agent at the time when it was trusted. */
    userAgent: p.text().nullable(),
  },
})

/** A browser with which a person has signed in before. */
export class KnownBrowser extends KnownBrowserSchema.class {}

KnownBrowserSchema.setClass(KnownBrowser)
