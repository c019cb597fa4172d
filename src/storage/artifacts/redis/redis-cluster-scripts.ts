import type { Cluster } from 'ioredis'

/** Scripts for Redis Cluster: each is one atomic step whose KEYS share a slot. */
type Script = (...args: (string | number)[]) => Promise<unknown>

const index = `
local function index(key, name, ttl)
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  redis.call('ZADD', key, now + ttl, name)
  if redis.call('TTL', key) < tonumber(ttl) then redis.call('EXPIRE', key, ttl) end
end
`

/**
 * KEYS: the record, and optionally another of the same ID. ARGV: the mark, then the other's value and lifetime in
 * seconds. Returns 1 if this call consumed the record, and so wrote the other.
 */
const consume = `
local value = redis.call('GET', KEYS[1])
if not value or string.sub(value, 1, 1) ~= '\\n' then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. value, 'KEEPTTL')
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
return 1
`

/** KEYS: the record. ARGV: the mark. Removes the mark again when the commit that set it is refused. */
const unconsume = `
local value, mark = redis.call('GET', KEYS[1]), ARGV[1] .. '\\n'
if value and string.sub(value, 1, #mark) == mark then
  redis.call('SET', KEYS[1], string.sub(value, #mark), 'KEEPTTL')
end
`

/** KEYS: a grant, its index. ARGV: a record's name, its lifetime in seconds. Returns 0 if the grant is gone. */
const link = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
index(KEYS[2], ARGV[1], ARGV[2])
return 1
`

/** KEYS: a pointer. ARGV: a record's name, its lifetime in seconds. Keeps a pointer to one that replaced it. */
const point = `
local found = redis.call('GET', KEYS[1])
if not found or found == ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
`

/** KEYS: a pointer. ARGV: a record's name, its lifetime in seconds, and the names of the records that it replaces. */
const repoint = `
local found = redis.call('GET', KEYS[1])
for i = 3, #ARGV do
  if found == ARGV[i] then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
    return 1
  end
end
return 0
`

/** KEYS: a pointer. ARGV: the name of the removed record. Keeps a pointer to a newer record. */
const unpoint = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`

/** KEYS: a grant, its index. Removes the grant, so that nothing is linked to it. Returns its value, then the names. */
const endGrant = `
local found = redis.call('ZRANGE', KEYS[2], 0, -1)
table.insert(found, 1, redis.call('GET', KEYS[1]) or '')
redis.call('DEL', KEYS[1])
return found
`

/** Each script with its number of keys. */
const SCRIPTS = {
  gatehouseConsume: [consume, 1],
  gatehouseConsumeAndPut: [consume, 2],
  gatehouseUnconsume: [unconsume, 1],
  gatehouseIndex: [`${index}index(KEYS[1], ARGV[1], ARGV[2])`, 1],
  gatehouseLink: [index + link, 2],
  gatehousePoint: [point, 1],
  gatehouseRepoint: [repoint, 1],
  gatehouseUnpoint: [unpoint, 1],
  gatehouseEndGrant: [endGrant, 2],
} as const

export type ClusterScripts = Record<keyof typeof SCRIPTS, Script>

export function withClusterScripts(redis: Cluster): Cluster & ClusterScripts {
  for (const [name, [lua, numberOfKeys]] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua, numberOfKeys })
  return redis as Cluster & ClusterScripts
}
