import type { Cluster, Redis } from 'ioredis'
import type { Kind } from '../artifacts/artifacts.ts'

/** Something that may be used once, and was presented. */
export interface Presented {
  kind: Kind
  id: string
  /** Seconds for which it could be presented again. */
  ttl: number
  /** When it was made, as it says itself, in epoch seconds; undefined where it does not say. */
  issuedAt: number | undefined
}

/**
 * What Redis knows of it: it was used (0); it was not (1); not since the memory of this Redis begins, and the database
 * knows the rest (2); nothing, because it was made before that memory begins (3).
 */
export type Verdict = 0 | 1 | 2 | 3

/** The marks of what was used, and since when this Redis remembers them. */
export interface RedisMarks {
  /** Marks it as used, unless the answer is 0 or 3. */
  mark(presented: Presented): Promise<Verdict>
  /**
   * Writes down where the memory begins, if it begins now.
   * @param first there was no Redis before this one, so that nothing can have been forgotten
   */
  recordStart(options: { first: boolean }): Promise<Date>
}

/** Seconds by which a client's clock may be ahead of Redis' without its proofs being marked in the database too. */
const AHEAD = 2
/** Seconds by which the clocks of two servers of Redis may differ, of which one takes the place of the other. */
const CLOCKS = 3
/** Seconds for which anything can be presented: an assertion's hour, and what clocks may differ. */
const LONGEST_LIFE = 62 * 60

/**
 * Where the memory begins: seconds, the `run_id` of the server, and 1 where it is the first. A FLUSHALL or an empty server
 * has no such record. A server that was restarted, a replica that took over, and a copy that was loaded from a file have
 * one with another server's `run_id`, and may lack the last marks. Where INFO is not permitted, only the first is noticed.
 */
const begins = `
local now = tonumber(redis.call('TIME')[1])
local info = redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''

local function begins(key, first)
  local since, of, kept = string.match(redis.call('GET', key) or '', '^(%d+) (%w*) ([01])$')
  if of == server then return tonumber(since), kept == '1' end
  if of then first = '0' end
  redis.call('SET', key, now .. ' ' .. server .. ' ' .. first)
  return now, first == '1'
end
`

/** KEYS: the beginning, the mark. ARGV: the mark's value, its seconds, when the proof was made or nothing. The verdict. */
const mark = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local since, first = begins(KEYS[1], '0')
local made = tonumber(ARGV[3])
local young = now - since <= ${LONGEST_LIFE}
if young and not first and made and made <= since + ${AHEAD + CLOCKS} then return 3 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return (young or not made or made > now + ${AHEAD}) and 2 or 1
`

/** KEYS: the beginning, the key that a probe writes. ARGV: its seconds, whether this Redis is the first. The time. */
const recordStart = `
begins(KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], '', 'EX', ARGV[1])
return redis.call('TIME')
`

export interface MarkScripts {
  gatehouseMark(beginning: string, mark: string, value: string, ttl: number, made: number | ''): Promise<Verdict>
  gatehouseRecordStart(beginning: string, probe: string, ttl: number, first: 0 | 1): Promise<(number | string)[]>
}

export function withMarkScripts<Client extends Redis | Cluster>(redis: Client): Client & MarkScripts {
  redis.defineCommand('gatehouseMark', { lua: begins + mark, numberOfKeys: 2 })
  redis.defineCommand('gatehouseRecordStart', { lua: begins + recordStart, numberOfKeys: 2 })
  return redis as Client & MarkScripts
}
