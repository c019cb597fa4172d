/**
 * The adapter that most deployments of oidc-provider start with, for comparison: a JSON string per record, a hash with a
 * `consumed` field for what can be used once, a list of keys per grant with its own expiry. ioredis with its defaults,
 * without automatic pipelining. Its faults (consumption is not atomic) are kept.
 */
import type { Redis } from 'ioredis'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

const usedOnce = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest'])
const grouped = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'])

class PlainRedisAdapter implements Adapter {
  readonly #redis: Redis
  readonly #kind: string

  constructor(redis: Redis, kind: string) {
    this.#redis = redis
    this.#kind = kind
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number) {
    const key = this.#key(id)
    const json = JSON.stringify(payload)
    const multi = this.#redis.multi()
    if (usedOnce.has(this.#kind)) multi.hset(key, { payload: json })
    else multi.set(key, json)
    if (expiresIn) multi.expire(key, expiresIn)

    if (grouped.has(this.#kind) && payload.grantId) {
      const group = groupKey(payload.grantId)
      multi.rpush(group, key)
      const left = await this.#redis.ttl(group)
      if (expiresIn && expiresIn > left) multi.expire(group, expiresIn)
    }
    if (payload.userCode) this.#point(multi, `user-code:${payload.userCode}`, id, expiresIn)
    if (payload.uid) this.#point(multi, `uid:${payload.uid}`, id, expiresIn)
    await multi.exec()
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!usedOnce.has(this.#kind)) {
      const json = await this.#redis.get(this.#key(id))
      return json == null ? undefined : JSON.parse(json)
    }
    const { payload, ...rest } = await this.#redis.hgetall(this.#key(id))
    return payload == null ? undefined : { ...rest, ...JSON.parse(payload) }
  }

  async findByUid(uid: string) {
    const id = await this.#redis.get(`uid:${uid}`)
    return id == null ? undefined : this.find(id)
  }

  async findByUserCode(userCode: string) {
    const id = await this.#redis.get(`user-code:${userCode}`)
    return id == null ? undefined : this.find(id)
  }

  async consume(id: string) {
    await this.#redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000))
  }

  async destroy(id: string) {
    await this.#redis.del(this.#key(id))
  }

  async revokeByGrantId(grantId: string) {
    const group = groupKey(grantId)
    const keys = await this.#redis.lrange(group, 0, -1)
    await this.#redis.del(group, ...keys)
  }

  #key(id: string) {
    return `${this.#kind}:${id}`
  }

  #point(multi: ReturnType<Redis['multi']>, from: string, id: string, expiresIn?: number) {
    multi.set(from, id)
    if (expiresIn) multi.expire(from, expiresIn)
  }
}

function groupKey(grantId: string) {
  return `grant:${grantId}`
}

export function plainRedisAdapter(redis: Redis): AdapterFactory {
  return kind => new PlainRedisAdapter(redis, kind)
}
