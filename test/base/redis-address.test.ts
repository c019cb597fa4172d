import test from 'ava'
import { describeRedis, parseRedisUrl } from '../../src/base/network/redis-address.ts'

const accepted: [url: string, described: string, rest: object][] = [
  ['redis://localhost', 'redis://localhost:6379/0', { mode: 'single', username: undefined, password: undefined }],
  ['redis://localhost/', 'redis://localhost:6379/0', { db: 0 }],
  ['redis://10.0.0.1:6380/3', 'redis://10.0.0.1:6380/3', { db: 3, tls: false }],
  ['rediss://:p%40ss%3A%2F@redis.example.com', 'rediss://redis.example.com:6379/0', { password: 'p@ss:/', tls: true }],
  ['redis://me:a:b@[::1]:7000', 'redis://[::1]:7000/0', { username: 'me', password: 'a:b' }],
  ['redis+sentinel://a,b:26380/main', 'redis+sentinel://a:26379,b:26380/main/0', { master: 'main' }],
  ['rediss+sentinel://me:pw@a:1,b:2/main/2', 'rediss+sentinel://a:1,b:2/main/2', { db: 2, password: 'pw' }],
  ['redis+cluster://a:1,b:2,c', 'redis+cluster://a:1,b:2,c:6379', { mode: 'cluster' }],
]

for (const [url, described, rest] of accepted) {
  test(`${url} is a valid Redis URL`, t => {
    const address = parseRedisUrl(url)
    t.is(describeRedis(address), described)
    t.like(address, rest)
  })
}

const refused = [
  '',
  'localhost:6379',
  'http://:secret@localhost',
  'redis://',
  'redis://:secret@a:1,b:2',
  'redis://:secret@host:0',
  'redis://:secret@host:65536',
  'redis://:secret@host:port',
  'redis://:secret@host/main',
  'redis://:secret%@host',
  'redis://:se/cret@host',
  'redis://:secret@host/0?x=secret',
  'redis+sentinel://:secret@host:1',
  'redis+sentinel://:secret@host:1/main/secret',
  'redis+sentinel://:secret@host:1/main/1/2',
  'redis+cluster://:secret@a:1,b:2/1',
  'redis+cluster://:secret@a:1,,b:2',
]

for (const url of refused) {
  test(`"${url}" is refused without being repeated`, t => {
    const error = t.throws(() => parseRedisUrl(url))
    t.true(error?.message.startsWith('expected '))
    t.false(error?.message.includes('secret'))
  })
}
