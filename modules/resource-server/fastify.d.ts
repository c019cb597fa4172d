import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Access, Controls, ProtectOptions, StepUp } from './types.d.ts'

export type { Access, Controls, ProtectOptions, Replays, Status, StepUp } from './types.d.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `protect`. */
    access: Access
  }
}

/** A hook for `onRequest` or `preHandler`. */
export type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** A plugin: `fastify.register(protect({ … }))`. */
export type FastifyProtection = FastifyPluginAsync &
  Controls & {
    /** Answers only requests for the metadata (RFC 9728), for applications that protect some paths. */
    metadata: Hook
  }

export declare function protect(options: ProtectOptions): FastifyProtection
export declare function requireScope(name: string): Hook
export declare function requireRole(name: string): Hook
export declare function requirePermission(name: string): Hook
export declare function requireStepUp(stepUp: StepUp): Hook
