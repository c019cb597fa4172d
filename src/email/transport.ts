/** An email with its texts, ready to be sent. */
export interface Message {
  /** The same at every delivery attempt. */
  id: string
  kind: string
  /** An address without a name. */
  to: string
  locale: string
  subject: string
  html: string
  text: string
}

/** Delivers emails: to a mail server, or to the mailbox of Gatehouse in development. */
export interface Transport {
  /** Shown to the operator. */
  readonly name: string
  /**
   * Resolves once the transport has accepted the email.
   * @throws Undeliverable if the address does not exist; Unreachable if no email can be delivered now; any other error
   *   may be temporary
   */
  deliver(message: Message, options?: { signal?: AbortSignal }): Promise<void>
}

/** The server says that the address does not exist. */
export class Undeliverable extends Error {}

/** No email can be delivered now. */
export class Unreachable extends Error {}
