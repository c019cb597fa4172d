import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BrowserSessionsOptions, Clock, Sessions, Store } from './types.d.ts'

export type * from './types.d.ts'

export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/** For node:http and Express. */
export interface NodeSessions extends Sessions<IncomingMessage, Middleware> {
  /** Answers what `of` and `accessToken` throw: as error middleware of Express, or without `next` for node:http. */
  errors(error: unknown, req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void
}

/** @throws TypeError that names each wrong option, and its fix */
export function browserSessions(options: BrowserSessionsOptions): NodeSessions

/** The store in memory, of at most 100,000 entries (about three to a session) unless another number is given. */
export class MemoryStore implements Store {
  constructor(options?: { most?: number; clock?: Clock })
  readonly size: number
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, seconds: number): Promise<void>
  delete(key: string): Promise<void>
  take(key: string): Promise<string | undefined>
}

/** An error that is answered with its status: Express, Koa, Fastify and Hono do so by themselves. */
export class Refusal extends Error {
  readonly status: number
  readonly statusCode: number
  /** `not_signed_in`, `foreign_request`, `temporarily_unavailable`, … */
  readonly code: string
}
