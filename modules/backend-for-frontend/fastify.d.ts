import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { BrowserSessionsOptions, Sessions } from './types.d.ts'

export { MemoryStore, Refusal } from './browser-sessions.js'
export type * from './types.d.ts'

/** `middleware` and what `forward` returns are plugins. @throws TypeError that names each wrong option, and its fix */
export function browserSessions(options: BrowserSessionsOptions): Sessions<FastifyRequest, FastifyPluginAsync>
