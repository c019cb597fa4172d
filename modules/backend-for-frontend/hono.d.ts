import type { Context, MiddlewareHandler } from 'hono'
import type { BrowserSessionsOptions, Sessions } from './types.d.ts'

export { MemoryStore, Refusal } from './browser-sessions.js'
export type * from './types.d.ts'

/** @throws TypeError that names each wrong option, and its fix */
export function browserSessions(options: BrowserSessionsOptions): Sessions<Context, MiddlewareHandler>
