import { join } from 'node:path'
import test from 'ava'
import { A_DATABASE, A_KEY, emptyFolder, load, names, production, refused } from '../../support/configuration.ts'

for (const [given, issuer, basePath] of [
  ['https://id.example.com', 'https://id.example.com', ''],
  ['https://id.example.com/', 'https://id.example.com', ''],
  ['https://ID.Example.com:443/id/', 'https://id.example.com/id', '/id'],
  ['http://localhost:8080/a/b-c_d.e~f', 'http://localhost:8080/a/b-c_d.e~f', '/a/b-c_d.e~f'],
  ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', ''],
] as const) {
  test(`PUBLIC_URL ${given} becomes the issuer ${issuer}`, t => {
    t.like(load({ PUBLIC_URL: given, SECRET_KEYS: A_KEY }), { issuer, basePath, secure: issuer.startsWith('https') })
  })
}

for (const given of [
  'id.example.com',
  'ftp://id.example.com',
  'https:id.example.com',
  'https://',
  'https://id.example.com/?',
  'https://id.example.com/?a=b',
  'https://id.example.com/#',
  'https://ada@id.example.com',
  'https://@id.example.com',
  'https://id.example.com//id',
  'https://id.example.com/a b',
  'https://id.example.com/%2e%2e/id%2F',
  'https://id.example.com\\id',
  'https://id.example.com/id;path=',
]) {
  test(`PUBLIC_URL refuses ${given}`, t => {
    t.deepEqual(names(refused(t, { PUBLIC_URL: given })), ['PUBLIC_URL'])
  })
}

test('durations are in seconds or have a unit', t => {
  const ttl = (text: string) => load({ REFRESH_TOKEN_TTL: text, SECRET_KEYS: A_KEY }).refreshTokenTtl
  t.deepEqual(['600', '90s', '10m', '2h', '14d'].map(ttl), [600, 90, 600, 7200, 14 * 86_400])
  for (const wrong of ['1.5h', '-5m', '10 m', '10M', 'm', '1h30m', '1e3', '59s', '366d', '99999999999']) {
    t.true(names(refused(t, { REFRESH_TOKEN_TTL: wrong })).includes('REFRESH_TOKEN_TTL'), wrong)
  }
})

test('lifetimes have limits, and must be consistent', t => {
  for (const env of [
    { ACCESS_TOKEN_TTL: '29s' },
    { ACCESS_TOKEN_TTL: '25h' },
    { REFRESH_REPLAY_WINDOW: '61s' },
    { REFRESH_TOKEN_MAX_TTL: '13d' },
    { SESSION_IDLE_TTL: '15d' },
  ]) {
    t.deepEqual(names(refused(t, env)), Object.keys(env))
  }
  t.deepEqual(names(refused(t, { REFRESH_TOKEN_TTL: '120d' })), ['REFRESH_TOKEN_MAX_TTL'])
  t.is(load({ REFRESH_REPLAY_WINDOW: '0', SECRET_KEYS: A_KEY }).refreshReplayWindow, 0)
  t.is(load({ SESSION_TTL: '2h', SECRET_KEYS: A_KEY }).sessionIdleTtl, 7200)
  t.is(load({ ACCESS_TOKEN_TTL: '24h', SECRET_KEYS: A_KEY }).accessTokenTtl, 86_400)
})

test('REDIS_URL accepts one server, Sentinels or a Cluster', t => {
  for (const url of [
    'redis://cache',
    'rediss://user:p%40ss@cache:6380/2',
    'redis://[::1]:6379',
    'redis+sentinel://:pw@one:26379,two:26379/main',
    'redis+cluster://one:6379,two:6379',
  ]) {
    t.is(load({ REDIS_URL: url, SECRET_KEYS: A_KEY }).redisUrl, url)
  }
  for (const url of [
    'cache:6379',
    'redis://one,two',
    'redis+sentinel://one',
    'redis+cluster://one/1',
    'redis://h:99999',
  ]) {
    t.deepEqual(names(refused(t, { REDIS_URL: url })), ['REDIS_URL'])
  }
})

test('DATABASE_URL accepts the URLs of PostgreSQL that have a database name', t => {
  for (const url of [A_DATABASE, 'postgres://localhost/x?sslmode=require', 'postgresql:///x?host=/run/postgresql']) {
    t.is(load({ DATABASE_URL: url, SECRET_KEYS: A_KEY }).databaseUrl, url)
  }
})

test('TRUST_PROXY trusts no proxy by default, and cannot trust all', t => {
  t.deepEqual(load({ TRUST_PROXY: 'loopback, 10.0.0.7,fd00::/8', SECRET_KEYS: A_KEY }).trustProxy, [
    '127.0.0.0/8',
    '::1/128',
    '10.0.0.7',
    'fd00::/8',
  ])
  t.true(load({ TRUST_PROXY: 'private', SECRET_KEYS: A_KEY }).trustProxy.includes('192.168.0.0/16'))
  for (const wrong of [
    'true',
    '*',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0',
    'nginx',
    'loopback,',
    'fe80::1%eth0',
  ]) {
    t.deepEqual(names(refused(t, { TRUST_PROXY: wrong })), ['TRUST_PROXY'])
  }
})

test('OUTBOUND_ALLOW accepts hosts, ports, addresses and ranges, but not all addresses', t => {
  const env = { DEMO_PORT: 'off', SECRET_KEYS: A_KEY }
  const allowed = ['localhost', '127.0.0.1', '10.1.0.0/16', '::1', 'intranet:8080', '127.0.0.1:80', '[::1]:65535']
  t.deepEqual(load({ ...env, OUTBOUND_ALLOW: allowed.join(', ').toUpperCase() }).outboundAllow, allowed)
  const wrongPorts = [
    'intranet:0',
    'intranet:65536',
    'intranet:',
    'intranet:*',
    '10.1.0.0/16:80',
    '[intranet]:80',
    ':80',
    '10.0.0:80',
  ]
  for (const wrong of ['*', '0.0.0.0/0', 'http://intranet', 'a b', '10.0.0', ...wrongPorts]) {
    t.deepEqual(names(refused(t, { OUTBOUND_ALLOW: wrong })), ['OUTBOUND_ALLOW'])
  }
})

test('outbound requests can reach the demo application and no other local port', t => {
  const allowed = (env: NodeJS.ProcessEnv) => load({ SECRET_KEYS: A_KEY, ...env }).outboundAllow
  t.deepEqual(allowed({}), ['localhost:3001'])
  t.deepEqual(allowed({ DEMO_PORT: '4001', OUTBOUND_ALLOW: '10.1.0.0/16' }), ['10.1.0.0/16', 'localhost:4001'])
  t.deepEqual(allowed({ DEMO_PORT: 'off' }), [])
  t.deepEqual(load(production).outboundAllow, [])
})

test('VIEWS_DIR must exist', t => {
  const views = emptyFolder(t)
  t.is(load({ VIEWS_DIR: views, SECRET_KEYS: A_KEY }).viewsDir, views)
  t.deepEqual(names(refused(t, { VIEWS_DIR: join(views, 'none') })), ['VIEWS_DIR'])
})

test('SECOND_FACTOR_ROLES is a list of roles or "none"', t => {
  const roles = (text: string) => load({ SECOND_FACTOR_ROLES: text, SECRET_KEYS: A_KEY }).secondFactorRoles
  t.deepEqual(roles('none'), [])
  t.deepEqual(roles('admin, team:support'), ['admin', 'team:support'])
  for (const wrong of ['Admin', 'admin,', 'admin;superuser', '-'])
    t.deepEqual(names(refused(t, { SECOND_FACTOR_ROLES: wrong })), ['SECOND_FACTOR_ROLES'], wrong)
})
