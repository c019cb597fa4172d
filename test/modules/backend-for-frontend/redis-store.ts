import type { Store } from 'gatehouse/backend-for-frontend'
import type { Redis } from 'ioredis'

/** The example of `docs/browser-applications.md`; a test compares the two. */
export function redisStore(redis: Redis): Store {
  return {
    get: key => redis.get(`shop:${key}`),
    set: (key, value, seconds) => redis.set(`shop:${key}`, value, 'EX', seconds),
    delete: key => redis.del(`shop:${key}`),
    take: key => redis.getdel(`shop:${key}`),
  }
}
