import type { RequestHandler } from 'express'
import type { Access, Controls, ProtectOptions, StepUp } from './types.d.ts'

export type { Access, Controls, ProtectOptions, Replays, Status, StepUp } from './types.d.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `protect`. */
      access: Access
    }
  }
}

export type ExpressProtection = RequestHandler &
  Controls & {
    /** Answers only requests for the metadata (RFC 9728), for applications that use `protect` on some paths. */
    metadata: RequestHandler
  }

export declare function protect(options: ProtectOptions): ExpressProtection
export declare function requireScope(name: string): RequestHandler
export declare function requireRole(name: string): RequestHandler
export declare function requirePermission(name: string): RequestHandler
export declare function requireStepUp(stepUp: StepUp): RequestHandler
