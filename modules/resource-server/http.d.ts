import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access, Answer, Controls, ProtectOptions, StepUp } from './types.d.ts'

export type { Access, Answer, Controls, ProtectOptions, Replays, Status, StepUp } from './types.d.ts'

/** A request whose token was accepted. */
export type Authenticated = IncomingMessage & { access: Access }

/** Returns if the request has what is required. @throws {Refused} */
export type Check = (req: { access?: Access }) => void

export interface HttpProtection extends Controls {
  /**
   * Accepts the token of a request, and stores what it says in `req.access`.
   * @param res gets the headers that a response to an accepted request needs: a new DPoP nonce
   * @throws {Refused}
   */
  authenticate(req: IncomingMessage, res?: ServerResponse): Promise<Access>
  /** A listener that calls `handle` for accepted requests, and answers all others and those that `handle` refuses. */
  handler(
    handle: (req: Authenticated, res: ServerResponse) => unknown,
  ): (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

/** A request that is refused, and the answer that says why. */
export declare class Refused extends Error {
  answer: Answer
  send(res: ServerResponse): void
}

export declare function protect(options: ProtectOptions): HttpProtection
export declare function requireScope(name: string): Check
export declare function requireRole(name: string): Check
export declare function requirePermission(name: string): Check
export declare function requireStepUp(stepUp: StepUp): Check
