import { databaseUrl, redisUrl } from '../addresses.ts'
import type { Setting } from '../setting.ts'
import { folder, wholeNumber } from '../values.ts'

export const storage = [
  {
    name: 'DATA_DIR',
    group: 'Storage',
    schema: folder,
    default: './data',
    expected: 'a folder that this process may write to; it is made if missing',
    example: '/var/lib/gatehouse',
    does: 'Holds the embedded database and the keys made for it. Not used when DATABASE_URL is set.',
  },
  {
    name: 'DATABASE_URL',
    group: 'Storage',
    schema: databaseUrl,
    otherwise: 'a database embedded in DATA_DIR; required in production',
    secret: 'credentials',
    file: true,
    expected: 'postgresql://user:password@host:port/database, special characters of the password percent-encoded',
    example: 'postgresql://gatehouse:PASSWORD@db.example.com:5432/gatehouse',
    does: 'PostgreSQL, for everything that lasts.',
  },
  {
    name: 'REDIS_URL',
    group: 'Storage',
    schema: redisUrl,
    otherwise: 'the database is used',
    secret: 'credentials',
    file: true,
    expected:
      'redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port; rediss for TLS; user:password@ before the hosts',
    example: 'redis://:PASSWORD@redis.example.com:6379',
    does: 'Redis, for everything that expires: sessions, grants, codes, tokens, limits.',
  },
  {
    name: 'REDIS_REPLICAS',
    group: 'Storage',
    schema: wholeNumber(0, 5),
    otherwise: 'with Sentinel all that the master has, else 0',
    expected: 'a whole number from 0 to 5; 0 with Redis Cluster',
    example: '2',
    does: 'Replicas that must have a write before it is acknowledged; with fewer, requests are answered 503.',
  },
] as const satisfies readonly Setting[]
