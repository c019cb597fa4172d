import { databaseUrl, redisUrl } from '../parsers/urls.ts'
import { duration, folder, wholeNumber } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const storage = [
  {
    name: 'DATA_DIR',
    schema: folder,
    default: './data',
    expected: 'a folder that this process can write to; it is created if it does not exist',
    example: '/var/lib/gatehouse',
    does: 'Folder for the embedded database and its keys. Not used when DATABASE_URL is set.',
  },
  {
    name: 'DATABASE_URL',
    schema: databaseUrl,
    otherwise: 'an embedded database in DATA_DIR; required in production',
    secret: 'credentials',
    file: true,
    expected: 'postgresql://user:password@host:port/database, special characters in the password percent-encoded',
    example: 'postgresql://gatehouse:PASSWORD@db.example.com:5432/gatehouse',
    does: 'PostgreSQL, for permanent data. Parsed as psql does, including sslmode and similar parameters; unsupported parameters are refused.',
  },
  {
    name: 'DATABASE_CONNECTIONS',
    schema: wholeNumber(2, 200),
    default: '10',
    example: '20',
    does: 'PostgreSQL connections per process; up to 5 more are used for the job queue, change notifications and readiness.',
  },
  {
    name: 'DATABASE_QUEUE',
    schema: wholeNumber(1, 10_000),
    default: '100',
    example: '200',
    does: 'How many operations of one process can wait for a connection; any more are answered with 503 at once.',
  },
  {
    name: 'DATABASE_CONNECT_TIMEOUT',
    schema: duration('1s', '60s'),
    default: '3s',
    example: '2s',
    does: 'Maximum wait for a PostgreSQL connection, whether new or pooled; after that, requests are answered with 503. connect_timeout in DATABASE_URL takes precedence.',
  },
  {
    name: 'DATABASE_STATEMENT_TIMEOUT',
    schema: duration('1s', '10m'),
    default: '5s',
    example: '10s',
    does: 'Maximum time for one PostgreSQL statement; after that its transaction is rolled back and the request is answered with 503. Migrations have no limit.',
  },
  {
    name: 'REDIS_URL',
    schema: redisUrl,
    otherwise: 'the database is used instead',
    secret: 'credentials',
    file: true,
    expected:
      'redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port; rediss for TLS; user:password@ before the hosts',
    example: 'redis://:PASSWORD@redis.example.com:6379',
    does: 'Redis, for data that expires: sessions, grants, codes, tokens and limits.',
  },
  {
    name: 'REDIS_TIMEOUT',
    schema: duration('1s', '60s'),
    default: '2s',
    example: '5s',
    does: 'Maximum wait for a reply from Redis; after that, requests are answered with 503. A proxy must wait longer.',
  },
  {
    name: 'REDIS_REPLICAS',
    schema: wholeNumber(0, 5),
    otherwise: 'all replicas of the master with Sentinel, else 0',
    expected: 'a whole number from 0 to 5; 0 with Redis Cluster',
    example: '2',
    does: 'Number of replicas that must confirm a write; with fewer, requests are answered with 503.',
  },
] as const satisfies readonly Row[]
