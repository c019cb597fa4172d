import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { ConfigError, loadConfig } from '../../../src/base/config.ts'
import { A_DATABASE, A_KEY, emptyFolder, load, names, production, refused } from '../../support/configuration.ts'

const ROOT = new URL('../../../', import.meta.url)

const ANOTHER_KEY = randomBytes(32).toString('hex')

for (const [name, value] of Object.entries({
  SECRET_KEYS: 'hunter2',
  SECRET_KEYS_FILE: 'hunter2',
  DATABASE_URL_FILE: 'postgresql://gatehouse:hunter2@db/gatehouse',
  PUBLIC_URL: 'https://ada:hunter2@id.example.com',
})) {
  test(`${name}: the error does not repeat the secret in ${value}`, t => {
    const error = refused(t, { [name]: value })
    t.true(names(error).includes(name))
    t.notRegex(error.message, /hunter2/)
  })
}

for (const name of ['DATABASE_URL', 'REDIS_URL']) {
  for (const value of [
    'hunter2',
    'mysql://gatehouse:hunter2@db/gatehouse',
    'postgres://gatehouse:hunter2@db',
    'postgres://gatehouse:hunter2/x@db/gatehouse',
    'postgres://gatehouse:12/hunter2@db/gatehouse',
    'postgres://gatehouse:12?hunter2@db/gatehouse',
    'postgres://gatehouse:12#hunter2@db/gatehouse',
    'postgres://gatehouse:12@hunter2@db/',
    'postgres://db?user=a@b&password=hunter2',
    'gatehouse:hunter2@db/gatehouse',
    'redis://:hunter2@cache:port',
    'redis://:%hunter2@cache',
    'redis://gatehouse:hunter2',
    'redis+sentinel://:hunter2@one:26379,two:26379',
    'redis+cluster://:hunter2@one:6379,two:6379/1',
  ]) {
    test(`${name}: the error does not repeat the password in ${value}`, t => {
      const error = refused(t, { [name]: value, SECRET_KEYS: A_KEY })
      t.deepEqual(names(error), [name])
      t.notRegex(error.message, /hunter2/)
    })
  }
}

test('an error in DATABASE_URL shows the part that is not secret', t => {
  t.true(
    refused(t, { DATABASE_URL: 'postgres://a:hunter2@db:5432', SECRET_KEYS: A_KEY }).message.includes(
      '"postgres://***@db:5432"',
    ),
  )
})

for (const [why, keys] of Object.entries({
  'too short': 'q8Zr3nVw',
  'one character': 'x'.repeat(48),
  'one piece repeated': 'kT4z9QwX'.repeat(5),
  'a run': 'abcdefghijklmnopqrstuvwxyz0123456789',
  'the example in the documentation': '<what "openssl rand -base64 48" prints>',
  'a placeholder of a sample file': 'please-CHANGE-ME-to-something-long-1x9',
  'one key twice': `${A_KEY},${A_KEY}`,
  'a comma with nothing after it': `${A_KEY},`,
})) {
  test(`K-01: SECRET_KEYS refuses a key that is easy to guess: ${why}`, t => {
    const error = refused(t, { SECRET_KEYS: keys })
    t.deepEqual(names(error), ['SECRET_KEYS'])
    t.is(error.mistakes[0]?.given, `${keys.length} characters, not shown`)
  })
}

test('random keys in every common encoding are accepted, newest first', t => {
  for (let round = 0; round < 500; round++) {
    const keys = [
      randomBytes(48).toString('base64'),
      randomBytes(32).toString('base64url'),
      randomBytes(16).toString('hex'),
      randomBytes(32).toString('hex'),
    ]
    t.deepEqual(load({ SECRET_KEYS: keys.join(', ') }).secretKeys.map(String), keys)
  }
})

test('Q-06: byte-order marks and line endings of a secret file are not part of the secret, in UTF-8 or UTF-16', t => {
  const path = join(emptyFolder(t), 'secret')
  for (const [encoding, mark] of [
    ['utf8', [0xef, 0xbb, 0xbf]],
    ['utf16le', [0xff, 0xfe]],
  ] as const) {
    writeFileSync(path, Buffer.concat([Buffer.from(mark), Buffer.from(`${A_KEY}\r\n${ANOTHER_KEY}\r\n\n`, encoding)]))
    t.deepEqual(load({ SECRET_KEYS_FILE: path }).secretKeys.map(String), [A_KEY, ANOTHER_KEY], encoding)
  }
  writeFileSync(path, Buffer.from([0xff, 0xd8, 0xff, 0xe0]))
  t.deepEqual(names(refused(t, { SECRET_KEYS_FILE: path })), ['SECRET_KEYS_FILE'])
})

test('a secret can come from a file, but not from a file and a variable', t => {
  const path = join(emptyFolder(t), 'secret')
  writeFileSync(path, `${A_KEY}\n${ANOTHER_KEY}\n`)
  t.deepEqual(load({ SECRET_KEYS_FILE: path }).secretKeys.map(String), [A_KEY, ANOTHER_KEY])
  t.deepEqual(names(refused(t, { SECRET_KEYS_FILE: path, SECRET_KEYS: A_KEY })), ['SECRET_KEYS_FILE'])

  writeFileSync(path, `${A_DATABASE}\n`)
  t.is(load({ ...production, DATABASE_URL: undefined, DATABASE_URL_FILE: path }).databaseUrl, A_DATABASE)

  writeFileSync(path, '\n')
  t.deepEqual(names(refused(t, { REDIS_URL_FILE: path })), ['REDIS_URL_FILE'])
  t.deepEqual(names(refused(t, { ...production, DATABASE_URL: undefined, DATABASE_URL_FILE: `${path}-gone` })), [
    'DATABASE_URL_FILE',
  ])
})

test('with the embedded database, keys are generated at the first start, readable only by their owner, and kept', t => {
  const dataDir = join(emptyFolder(t), 'a', 'data')
  const [key, ...others] = loadConfig({ DATA_DIR: dataDir }).secretKeys
  t.true(key != null && key.length >= 32)
  t.is(others.length, 0)
  t.is(statSync(join(dataDir, 'secret-keys')).mode & 0o777, 0o600)
  t.is(statSync(dataDir).mode & 0o777, 0o700)
  t.deepEqual(readdirSync(dataDir), ['secret-keys'])
  t.deepEqual(loadConfig({ DATA_DIR: dataDir }).secretKeys, [key])
  t.deepEqual(load({ DATA_DIR: dataDir }).secretKeys, [key])
})

test('no key file is written by a check, after a mistake, or if SECRET_KEYS is set', t => {
  const dataDir = join(emptyFolder(t), 'data')
  t.deepEqual(load({ DATA_DIR: dataDir }).secretKeys, [])
  t.throws(() => loadConfig({ DATA_DIR: dataDir, PORT: 'x' }))
  loadConfig({ DATA_DIR: dataDir, SECRET_KEYS: A_KEY })
  t.false(existsSync(dataDir))
})

test('processes that start at once share one generated key', async t => {
  const dataDir = join(emptyFolder(t), 'data')
  const script = `import { loadConfig } from ${JSON.stringify(new URL('src/base/config.ts', ROOT).href)}
    console.log(String(loadConfig({ DATA_DIR: ${JSON.stringify(dataDir)} }).secretKeys))`
  const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const results = await Promise.all(Array.from({ length: 6 }, start))
  t.is(new Set(results.map(({ stdout }) => stdout)).size, 1)
  t.deepEqual(readdirSync(dataDir), ['secret-keys'])
})

test('a key file that others can read is used, with a warning', t => {
  const dataDir = emptyFolder(t)
  const path = join(dataDir, 'secret-keys')
  writeFileSync(path, `${A_KEY}\n`)
  chmodSync(path, 0o644)
  const config = load({ DATA_DIR: dataDir })
  t.deepEqual(config.secretKeys.map(String), [A_KEY])
  t.regex(config.warnings.join(), /can be read by others \(mode 644\)/)
})

test('a damaged key file is an error, and is neither replaced nor shown', t => {
  const dataDir = emptyFolder(t)
  const path = join(dataDir, 'secret-keys')
  for (const content of ['', 'hunter2']) {
    writeFileSync(path, content)
    const error = t.throws(() => loadConfig({ DATA_DIR: dataDir }), { instanceOf: ConfigError })
    t.notRegex(error?.message ?? '', /hunter2/)
    t.is(readFileSync(path, 'utf8'), content)
  }
  rmSync(path)
  symlinkSync(join(dataDir, 'nowhere'), path)
  t.throws(() => loadConfig({ DATA_DIR: dataDir }), { instanceOf: ConfigError })
  t.throws(() => loadConfig({ DATA_DIR: new URL(import.meta.url).pathname }), { instanceOf: ConfigError })
})
