import type { Emails } from './emails.ts'
import type { Mailbox } from './mailbox.ts'
import type { Outbox } from './outbox.ts'

/**
 * Emails on their way: the outbox that takes them in the transaction of their cause, the transports, and the test
 * mailbox. What they say is decided by those who send them; how it is worded, by `http`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    emails: Emails
    mailbox: Mailbox
    outbox: Outbox
  }
}
