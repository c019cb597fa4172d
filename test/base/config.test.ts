import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ConfigError, explainConfig, loadConfig, loadDotEnv } from '../../src/base/config.ts'
import { A_DATABASE, A_KEY, emptyFolder, load, names, production, refused } from '../support/configuration.ts'

const ROOT = new URL('../../', import.meta.url)

test('no setting is required', t => {
  const config = load({ DATA_DIR: join(tmpdir(), 'gatehouse-has-never-been-here') })
  t.like(config, {
    production: false,
    issuer: 'http://localhost:3000',
    basePath: '',
    secure: false,
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: null,
    redisUrl: null,
    accessTokenTtl: 600,
    refreshTokenTtl: 14 * 86_400,
    refreshTokenMaxTtl: 90 * 86_400,
    refreshReplayWindow: 10,
    sessionTtl: 14 * 86_400,
    sessionIdleTtl: 86_400,
    workers: 1,
    logLevel: 'info',
    demoPort: 3001,
    viewsDir: null,
    registration: 'open',
  })
  t.like(config, { secondFactor: 'optional', secondFactorGrace: 0 })
  t.deepEqual(config.secondFactorRoles, ['superuser', 'admin'])
  t.is(config.trustedBrowserTtl, 30 * 86_400)
  t.deepEqual(config.secondFactorLimit, { points: 10, duration: 3000 })
  t.like(config.passwordHashing, { memory: 19_456, passes: 2, parallelism: 1 })
  t.deepEqual([config.trustProxy, config.outboundAllow, config.warnings], [[], ['localhost:3001'], []])
})

test('an empty variable counts as not set', t => {
  t.is(load({ PORT: '', DATABASE_URL: ' ', REDIS_URL_FILE: '', SECRET_KEYS: A_KEY }).databaseUrl, null)
})

test('the configuration is deeply frozen', t => {
  const config = load({ SECRET_KEYS: A_KEY, TRUST_PROXY: 'loopback' })
  t.throws(() => Object.assign(config, { port: 1 }), { instanceOf: TypeError })
  t.throws(() => Object.assign(config.passwordHashing, { memory: 8 }), { instanceOf: TypeError })
  for (const list of [config.secretKeys, config.trustProxy, config.outboundAllow, config.warnings]) {
    t.true(Object.isFrozen(list))
  }
})

test('one message reports all mistakes, with the given value, the expected value and an example', t => {
  const error = refused(t, { PORT: '80a', LOG_LEVEL: 'loud', ACCESS_TOKEN_TTL: '10', WORKERS: '2' })
  t.deepEqual(names(error), ['PORT', 'ACCESS_TOKEN_TTL', 'LOG_LEVEL', 'DATABASE_URL', 'REDIS_URL'])
  t.true(error.message.startsWith('The configuration has 5 mistakes.'))
  t.true(
    error.message.includes(
      'PORT: not a whole number\n  given:    "80a"\n  expected: a whole number from 1 to 65535\n  example:  PORT=3000',
    ),
  )
  t.true(error.message.includes('ACCESS_TOKEN_TTL: shorter than 30s'))
})

for (const [given, meant] of [
  ['PUBLIC_ULR', 'PUBLIC_URL'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['ACCESS_TOKEN_TLL', 'ACCESS_TOKEN_TTL'],
  ['SECRET_KEY', 'SECRET_KEYS'],
  ['SECRETS_KEYS_FILE', 'SECRET_KEYS_FILE'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['PROT', 'PORT'],
  ['public_url', 'PUBLIC_URL'],
] as const) {
  test(`the misspelled ${given} is an error, and ${meant} is suggested`, t => {
    const { message } = refused(t, { [given]: 'hunter2' })
    t.true(message.includes(`unknown variable ${given}, did you mean ${meant}?`))
    t.notRegex(message, /hunter2/)
  })
}

test('a misspelled variable is only a warning if the right one is set too', t => {
  const config = load({ REDIS_URL: 'redis://cache', REDIS_URI: 'redis://other' })
  t.deepEqual(config.warnings, ['unknown variable REDIS_URI, did you mean REDIS_URL?'])
})

test('variables that every process inherits are not mistaken for settings', t => {
  const usual = `PATH HOME HOSTNAME HOSTTYPE HOST_IP USER LOGNAME SHELL PWD OLDPWD TERM LANG LC_ALL TZ MAIL EDITOR TMPDIR DISPLAY
    SSH_TTY XDG_DATA_DIRS XDG_DATA_HOME NODE_OPTIONS NODE_PATH NODE_DEBUG NODE_EXTRA_CA_CERTS npm_config_cache npm_lifecycle_event
    npm_package_name INIT_CWD CI GITHUB_ACTIONS KUBERNETES_PORT KUBERNETES_SERVICE_HOST GATEHOUSE_PORT REDIS_PORT REDIS_HOST PGHOST
    PGPORT PGUSER PGPASSWORD PGDATA POSTGRES_URL DEBUG COLOR ROOT BOOT SHLVL DOCKER_HOST HTTP_PROXY NO_PROXY INVOCATION_ID`
  const env = Object.fromEntries(usual.split(/\s+/).map(name => [name, 'x']))
  t.deepEqual(load({ ...env, SECRET_KEYS: A_KEY }).warnings, [])
})

for (const name of ['PUBLIC_URL', 'SECRET_KEYS', 'DATABASE_URL'] as const) {
  test(`K-01: production refuses to start without ${name}`, t => {
    const error = refused(t, { ...production, [name]: undefined })
    t.deepEqual(names(error), [name])
    t.regex(error.message, /required in production/)
  })
}

test('K-01: production without configuration reports all three missing settings at once and creates no keys', t => {
  const dataDir = join(emptyFolder(t), 'data')
  const error = t.throws(() => loadConfig({ NODE_ENV: 'production', DATA_DIR: dataDir }), { instanceOf: ConfigError })
  t.deepEqual(error && names(error), ['PUBLIC_URL', 'DATABASE_URL', 'SECRET_KEYS'])
  t.false(existsSync(dataDir))
})

for (const url of ['http://id.example.com', 'http://localhost:3000', 'http://127.0.0.1', 'HTTP://[::1]:3000']) {
  test(`K-01: production refuses ${url} unless ALLOW_HTTP is set`, t => {
    t.deepEqual(names(refused(t, { ...production, PUBLIC_URL: url })), ['PUBLIC_URL'])
    t.deepEqual(names(refused(t, { ...production, PUBLIC_URL: url, ALLOW_HTTP: 'false' })), ['PUBLIC_URL'])
    t.regex(load({ ...production, PUBLIC_URL: url, ALLOW_HTTP: 'true' }).warnings.join(), /http/)
  })
}

test('K-01: in production there is no demo application, and the server listens on all interfaces', t => {
  t.like(load({ ...production, EMAIL_VERIFICATION: 'off' }), {
    production: true,
    demoPort: null,
    host: '0.0.0.0',
    secure: true,
    warnings: [],
  })
  t.is(load({ ...production, DEMO_PORT: 'off' }).demoPort, null)
  t.regex(load(production).warnings.join(), /without SMTP_URL no email is delivered/)
  t.deepEqual(names(refused(t, { ...production, DEMO_PORT: '3001' })), ['DEMO_PORT'])
})

test('K-01: a misspelled NODE_ENV does not start as development', t => {
  t.deepEqual(names(refused(t, { NODE_ENV: 'prod' })), ['NODE_ENV'])
})

test('K-01: a weak password hash is refused in production', t => {
  t.is(load({ PASSWORD_HASHING: 'm=64,t=1,p=1', SECRET_KEYS: A_KEY }).passwordHashing.memory, 64)
  for (const weak of ['m=64,t=1,p=1', 'm=4096,t=20,p=1', 'm=19456,t=1,p=1']) {
    t.deepEqual(names(refused(t, { ...production, PASSWORD_HASHING: weak })), ['PASSWORD_HASHING'])
  }
  for (const owasp of ['m=47104,t=1,p=1', 'm=19456,t=2,p=1', 'm=12288,t=3,p=1', 'm=9216,t=4,p=1', 'm=7168,t=5,p=1']) {
    t.notThrows(() => load({ ...production, PASSWORD_HASHING: owasp }))
  }
  for (const wrong of ['19456', 'm=19456,t=0,p=1', 'm=19456,t=2,p=0', 'm=8,t=1,p=2', 'm=9999999,t=1,p=1']) {
    t.deepEqual(names(refused(t, { PASSWORD_HASHING: wrong })), ['PASSWORD_HASHING'])
  }
})

test('DATABASE_URL without SECRET_KEYS is refused outside production too', t => {
  t.regex(refused(t, { DATABASE_URL: A_DATABASE }).message, /SECRET_KEYS: required with DATABASE_URL/)
})

test('several workers require PostgreSQL and Redis', t => {
  t.deepEqual(names(refused(t, { WORKERS: '2' })), ['DATABASE_URL', 'REDIS_URL'])
  t.deepEqual(names(refused(t, { ...production, WORKERS: '2' })), ['REDIS_URL'])
  const config = load({ ...production, WORKERS: '64', REDIS_URL: 'redis://cache' })
  t.is(config.workers, 64)
  t.is(config.passwordHashing.concurrency, 1)
})

test('the demo application avoids the port of the provider', t => {
  t.is(load({ PORT: '3001', SECRET_KEYS: A_KEY }).demoPort, 3002)
  t.is(load({ DATABASE_URL: A_DATABASE, SECRET_KEYS: A_KEY }).demoPort, null)
  t.is(load({ DEMO_PORT: 'off', SECRET_KEYS: A_KEY }).demoPort, null)
  t.deepEqual(names(refused(t, { PORT: '4000', DEMO_PORT: '4000' })), ['DEMO_PORT'])
  for (const name of ['PORT', 'DEMO_PORT'])
    t.deepEqual(names(refused(t, { [name]: '4000', DEMO_UPSTREAM_PORT: '4000' })), ['DEMO_UPSTREAM_PORT'])
  t.deepEqual(load({ DEMO_PORT: '4001', DEMO_UPSTREAM_PORT: '4002' }).outboundAllow, [
    'localhost:4001',
    'localhost:4002',
  ])
})

test.serial('.env adds to the environment and never overrides it', t => {
  const dir = emptyFolder(t)
  const path = join(dir, '.env')
  t.notThrows(() => loadDotEnv(path))
  t.teardown(() => {
    delete process.env.GATEHOUSE_TEST_OLD
    delete process.env.GATEHOUSE_TEST_NEW
  })
  process.env.GATEHOUSE_TEST_OLD = 'environment'
  writeFileSync(path, 'GATEHOUSE_TEST_OLD=file\nGATEHOUSE_TEST_NEW=file\n')
  loadDotEnv(path)
  t.is(process.env.GATEHOUSE_TEST_OLD, 'environment')
  t.is(process.env.GATEHOUSE_TEST_NEW, 'file')
  t.throws(() => loadDotEnv(dir), { instanceOf: ConfigError })
})

test('the documentation and .env.example match the settings (node src/base/config/write-docs.ts)', t => {
  const page = readFileSync(new URL('docs/configuration.md', ROOT), 'utf8')
  t.is(page.slice(page.indexOf('## Address\n')), explainConfig({ format: 'markdown' }))
  t.is(readFileSync(new URL('.env.example', ROOT), 'utf8'), explainConfig({ format: 'env' }))
})

test('the settings are explained as text and JSON, without any value of this process', t => {
  const settings: { name: string; secret: boolean }[] = JSON.parse(explainConfig({ format: 'json' }))
  const text = explainConfig({ format: 'text' })
  for (const { name } of settings) t.true(text.includes(`\n  ${name}`), name)
  t.deepEqual(
    settings.filter(({ secret }) => secret).map(({ name }) => name),
    ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEYS', 'SMTP_URL'],
  )
})
