/** A letter in words, ready to go. */
export interface Message {
  /** The letter's own: whoever carries it twice says so by the same one. */
  id: string
  kind: string
  /** One bare address. */
  to: string
  locale: string
  subject: string
  html: string
  text: string
}

/** Takes letters to people: a mail server, or the mailbox of somebody who tries Gatehouse out. */
export interface Carrier {
  /** For the operator. */
  readonly name: string
  /**
   * Resolves once the letter is somebody else's to deliver.
   * @throws Undeliverable when nobody has that address; Unreachable where no letter at all can be handed over now;
   * anything else may pass, and is worth another try
   */
  carry(message: Message, options?: { signal?: AbortSignal }): Promise<void>
}

/** The server of the address says that there is no such person. */
export class Undeliverable extends Error {}

/** Nobody takes letters there at present: another one would fare no better. */
export class Unreachable extends Error {}
