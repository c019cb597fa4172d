import type { MiddlewareHandler } from 'hono'
import type { Access, Controls, ProtectOptions, StepUp } from './types.d.ts'

export type { Access, Controls, ProtectOptions, Replays, Status, StepUp } from './types.d.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by `protect`. */
    access: Access
  }
}

export type HonoProtection = MiddlewareHandler &
  Controls & {
    /** Answers only requests for the metadata (RFC 9728), for applications that use `protect` on some paths. */
    metadata: MiddlewareHandler
  }

export declare function protect(options: ProtectOptions): HonoProtection
export declare function requireScope(name: string): MiddlewareHandler
export declare function requireRole(name: string): MiddlewareHandler
export declare function requirePermission(name: string): MiddlewareHandler
export declare function requireStepUp(stepUp: StepUp): MiddlewareHandler
