/** An email with its texts, ready to be sent. */
export interface Message {
  /** An email that is handed over twice has the same id both times. */
  id: string
  kind: string
  /** An address without a name. */
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
   * @throws Undeliverable if the address does not exist; Unreachable if no email at all can be handed over now; any
   * other error may be temporary
   */
  deliver(message: Message, options?: { signal?: AbortSignal }): Promise<void>
}

/** The address does not exist, as its server says. */
export class Undeliverable extends Error {}

/** No email can be handed over at present. */
export class Unreachable extends Error {}
