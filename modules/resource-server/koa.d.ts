import type { Middleware } from 'koa'
import type { Controls, ProtectOptions, StepUp } from './types.d.ts'

export type { Access, Controls, ProtectOptions, Replays, Status, StepUp } from './types.d.ts'

/** It stores what the token says in `ctx.state.access`. */
export type KoaProtection = Middleware &
  Controls & {
    /** Answers only requests for the metadata (RFC 9728), for applications that use `protect` on some paths. */
    metadata: Middleware
  }

export declare function protect(options: ProtectOptions): KoaProtection
export declare function requireScope(name: string): Middleware
export declare function requireRole(name: string): Middleware
export declare function requirePermission(name: string): Middleware
export declare function requireStepUp(stepUp: StepUp): Middleware
