/** An email with its texts, ready to be sent. */
export interface Message {
  /** Its own: an email that is handed over twice has the same id both times. */
  id: string
  kind: string
  /** One bare address. */
  to: string
  locale: string
  subject: string
  html: string
  text: string
}

/** Takes emails: a mail server, or the mailbox that Gatehouse has for trying it out. */
export interface Transport {
  /** For the operator. */
  readonly name: string
  /**
   * Resolves once the email has been taken over.
   * @throws Undeliverable when nobody has that address; Unreachable where no email at all can be handed over now;
   * anything else may pass, and is worth another try
   */
  deliver(message: Message, options?: { signal?: AbortSignal }): Promise<void>
}

/** The server of the address says that there is no such person. */
export class Undeliverable extends Error {}

/** No email is taken there at present: another one would fare no better. */
export class Unreachable extends Error {}
