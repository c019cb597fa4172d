import type { Redis } from 'ioredis'

/**
 * Scripts for a single Redis server: each is one atomic step. ARGV[1] is the prefix. The scripts build keys from names,
 * which Redis Cluster doesn't allow. For the value's four lines see redis-record.ts.
 */
type Script = (...args: (string | number)[]) => Promise<unknown>

const names = `
local prefix = ARGV[1]

local function get(name)
  return redis.call('GET', prefix .. name)
end

local function links(value)
  return string.match(value, '^[^\\n]*\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n')
end
`

const forget = `
local function forget(name)
  local value = get(name)
  if not value then return end
  local grant, account, pointer = links(value)
  redis.call('DEL', prefix .. name)
  if pointer ~= '' and get(pointer) == name then redis.call('DEL', prefix .. pointer) end
  if grant ~= '' then redis.call('ZREM', prefix .. grant .. ':under', name) end
  if account ~= '' then redis.call('ZREM', prefix .. account, name) end
end
`

const dropGrant = `
local function dropGrant(grant)
  local under = prefix .. grant .. ':under'
  for _, name in ipairs(redis.call('ZRANGE', under, 0, -1)) do
    local value = get(name)
    if value and links(value) == grant then forget(name) end
  end
  redis.call('DEL', under)
  forget(grant)
end
`

const commit = `
local made, marked = {}, {}
for i = 2, #ARGV, 7 do
  if ARGV[i] == 'put' or ARGV[i] == 'replace' then made[ARGV[i + 1]] = true end
end
for i = 2, #ARGV, 7 do
  local act, name, grant = ARGV[i], ARGV[i + 1], ARGV[i + 4]
  if act == 'consume' then
    local value = get(name)
    if not value or marked[name] or string.sub(value, 1, 1) ~= '\\n' then return 0 end
    marked[name] = value
  elseif (act == 'replace' or act == 'take') and redis.call('EXISTS', prefix .. name) == 0 then
    return 0
  end
  if grant ~= '' and not made[grant] then
    if redis.call('EXISTS', prefix .. grant) == 0 then return 0 end
    made[grant] = true
  end
end

local now, indexes = nil, {}
local function index(set, name, ttl)
  now = now or tonumber(redis.call('TIME')[1])
  local entries = indexes[set] or { ttl = 0 }
  indexes[set] = entries
  entries[#entries + 1] = now + ttl
  entries[#entries + 1] = name
  entries.ttl = math.max(entries.ttl, ttl)
end

for i = 2, #ARGV, 7 do
  local act, name, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if act == 'consume' then
    redis.call('SET', prefix .. name, value .. marked[name], 'KEEPTTL')
  elseif act == 'drop' or act == 'take' then
    forget(name)
  else
    local ttl, grant, account, pointer = tonumber(ARGV[i + 3]), ARGV[i + 4], ARGV[i + 5], ARGV[i + 6]
    redis.call('SET', prefix .. name, value, 'EX', ttl)
    if grant ~= '' then index(grant .. ':under', name, ttl) end
    if account ~= '' then index(account, name, ttl) end
    if pointer ~= '' then redis.call('SET', prefix .. pointer, name, 'EX', ttl) end
  end
end
for set, entries in pairs(indexes) do
  local key = prefix .. set
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  redis.call('ZADD', key, unpack(entries))
  if redis.call('TTL', key) < entries.ttl then redis.call('EXPIRE', key, entries.ttl) end
end
return 1
`

const withGrant = `
local value = get(ARGV[2])
if not value then return {} end
local grant = links(value)
if grant == '' then return { value } end
return { value, get(grant) }
`

const follow = `
local name = get(ARGV[2])
return name and get(name)
`

const list = `
local found = {}
for _, name in ipairs(redis.call('ZRANGE', prefix .. ARGV[2], 0, -1)) do
  local value = get(name)
  if value then
    found[#found + 1] = name
    found[#found + 1] = value
  end
end
return found
`

const dropAccount = `
for _, name in ipairs(redis.call('ZRANGE', prefix .. ARGV[2], 0, -1)) do
  local value = get(name)
  local _, account = links(value or '\\n\\n\\n\\n')
  if account == ARGV[2] then
    if string.sub(name, 1, 6) == 'Grant:' then dropGrant(name) else forget(name) end
  end
end
redis.call('DEL', prefix .. ARGV[2])
`

const SCRIPTS = {
  gatehouseCommit: forget + commit,
  gatehouseWithGrant: withGrant,
  gatehouseFollow: follow,
  gatehouseList: list,
  gatehouseDropGrant: `${forget}${dropGrant}dropGrant(ARGV[2])`,
  gatehouseDropAccount: forget + dropGrant + dropAccount,
}

export type Scripts = Record<keyof typeof SCRIPTS, Script>

export function withScripts(redis: Redis): Redis & Scripts {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua: names + lua, numberOfKeys: 0 })
  return redis as Redis & Scripts
}
