import type { Emails } from './emails.ts'
import type { Mailbox } from './mailbox.ts'
import type { Outbox } from './outbox.ts'

/**
 * Emails: their kinds, the outbox that queues them in the transaction of the change that they report, the transports,
 * and the test mailbox. The code that makes the change sends them; `i18n` writes their texts.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    emails: Emails
    mailbox: Mailbox
    outbox: Outbox
  }
}
