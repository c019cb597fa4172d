import type { Cluster, Redis } from 'ioredis'
import type { Kind } from '../artifacts/artifacts.ts'

/** A single-use value that was presented. */
export interface Presented {
  kind: Kind
  id: string
  /** Seconds for which it could be presented again. */
  ttl: number
  /** When it was issued according to itself, in epoch seconds; undefined if it doesn't say. */
  issuedAt: number | undefined
}

/**
 * What Redis knows about a value. 0: it was used. 1: it was not used. 2: it was not used since this Redis began to keep
 * marks, and the database must be asked about the time before. 3: unknown, because it was issued before this Redis
 * began.
 */
export type Verdict = 0 | 1 | 2 | 3

/** Marks of used values, and the time at which this Redis began to keep them. */
export interface RedisMarks {
  /** Marks the value as used, unless the verdict is 0 or 3. */
  mark(presented: Presented): Promise<Verdict>
  /**
   * Records the start time if none is recorded yet, and returns Redis's time.
   * @param first true if there was no Redis before this one, so that no mark can have been lost
   */
  recordStart(options: { first: boolean }): Promise<Date>
}

/** Seconds by which a client's clock may be ahead of Redis's before its proofs are also marked in the database. */
const AHEAD = 2
/** Seconds by which the clocks of a Redis server and of the one that replaces it may differ. */
const CLOCKS = 3
/** Longest time in seconds for which a value can be presented: an assertion's hour plus clock skew. */
const LONGEST_LIFE = 62 * 60

/**
 * The record of the start time: seconds, the server's `run_id`, and 1 if this Redis is the first. It is missing after
 * FLUSHALL and on an empty server. After a restart, a replica's promotion or the load of a copied file, it has another
 * server's `run_id`, and the last marks may be missing. If INFO is not permitted, only a missing record is noticed.
 */
const startOf = `
local now = tonumber(redis.call('TIME')[1])
local info = redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''

local function start_of(key, first)
  local since, of, kept = string.match(redis.call('GET', key) or '', '^(%d+) (%w*) ([01])$')
  if of == server then return tonumber(since), kept == '1' end
  if of then first = '0' end
  redis.call('SET', key, now .. ' ' .. server .. ' ' .. first)
  return now, first == '1'
end
`

/**
 * KEYS: the start record, the mark. ARGV: the mark's value, its lifetime in seconds, when the proof was issued or ''.
 * Returns the verdict.
 */
const mark = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local since, first = start_of(KEYS[1], '0')
local made = tonumber(ARGV[3])
local young = now - since <= ${LONGEST_LIFE}
if young and not first and made and made <= since + ${AHEAD + CLOCKS} then return 3 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return (young or not made or made > now + ${AHEAD}) and 2 or 1
`

/**
 * KEYS: the start record, the key that a probe writes. ARGV: its lifetime in seconds, whether this Redis is the first.
 * Returns the reply of TIME.
 */
const recordStart = `
start_of(KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], '', 'EX', ARGV[1])
return redis.call('TIME')
`

export interface MarkScripts {
  gatehouseMark(start: string, mark: string, value: string, ttl: number, made: number | ''): Promise<Verdict>
  gatehouseRecordStart(start: string, probe: string, ttl: number, first: 0 | 1): Promise<(number | string)[]>
}

export function withMarkScripts<Client extends Redis | Cluster>(redis: Client): Client & MarkScripts {
  redis.defineCommand('gatehouseMark', { lua: startOf + mark, numberOfKeys: 2 })
  redis.defineCommand('gatehouseRecordStart', { lua: startOf + recordStart, numberOfKeys: 2 })
  return redis as Client & MarkScripts
}
