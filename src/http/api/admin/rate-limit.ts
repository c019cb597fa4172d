import type { Limit } from '../../../limits/limit.ts'
import type { Context } from '../../kit/request/context.ts'

/**
 * Counts the request, and says in its answer how many more are possible (draft-ietf-httpapi-ratelimit-headers): `r` requests
 * now, and all again after `t` seconds. @throws TooManyAttempts
 */
export async function countRequest(ctx: Context, limit: Limit, caller: string): Promise<void> {
  const { points, duration } = limit.rate
  ctx.set('RateLimit-Policy', `"default";q=${points};w=${duration}`)
  const { remaining, refillsIn } = await limit.take(caller)
  ctx.set('RateLimit', `"default";r=${remaining};t=${refillsIn}`)
}

/** The same, as the OpenAPI document describes it. */
export const RATE_HEADERS = {
  'RateLimit-Policy': { description: '`"default";q=1200;w=60`: requests, and seconds.', schema: { type: 'string' } },
  RateLimit: {
    description: '`"default";r=1199;t=1`: what is left, and seconds until all is.',
    schema: { type: 'string' },
  },
}
