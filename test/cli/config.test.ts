import { readFile } from 'node:fs/promises'
import test from 'ava'
import { gatehouse } from '../support/command.ts'
import { A_KEY, emptyFolder } from '../support/configuration.ts'

test('config check shows the values in effect, and no secret', async t => {
  const env = {
    DATABASE_URL: 'postgresql://gatehouse:hunter2@127.0.0.1:1/gatehouse',
    REDIS_URL: 'redis+cluster://ada:hunter3@127.0.0.1:1,127.0.0.1:2',
    SECRET_KEYS: A_KEY,
    ACCESS_TOKEN_TTL: '2m',
  }
  const { code, stdout, stderr } = await gatehouse(['config', 'check', '--offline', '--json'], env)
  t.is(code, 0, stderr)
  t.like(JSON.parse(stdout), {
    issuer: 'http://localhost:3000',
    accessTokenTtl: 120,
    databaseUrl: 'postgresql://***@127.0.0.1:1/gatehouse',
    redisUrl: 'redis+cluster://***@127.0.0.1:1,127.0.0.1:2',
    secretKeys: '1 (not shown)',
    services: {},
  })
  const lines = await gatehouse(['config', 'check', '--offline'], env)
  t.regex(lines.stdout, /^The configuration is valid\.\n/)
  t.regex(lines.stdout, /DATABASE_URL +postgresql:\/\/\*\*\*@127\.0\.0\.1:1\/gatehouse\n/)
  t.regex(lines.stdout, /SECRET_KEYS +set, not shown\n/)
  for (const secret of ['hunter', A_KEY]) t.false((stdout + lines.stdout).includes(secret))
})

test('config check reports every mistake, creates nothing, and exits with 6', async t => {
  const DATA_DIR = `${emptyFolder(t)}/data`
  const wrong = await gatehouse(['config', 'check'], { DATA_DIR, PORT: 'x', PUBLIC_ULR: 'https://id.example.com' })
  t.is(wrong.code, 6)
  t.regex(wrong.stderr, /PORT: not a whole number/)
  t.regex(wrong.stderr, /did you mean PUBLIC_URL\?/)
  const right = await gatehouse(['config', 'check'], { DATA_DIR })
  t.is(right.code, 0)
  t.regex(right.stdout, /SECRET_KEYS +not set: generated in DATA_DIR/)
  await t.throwsAsync(readFile(DATA_DIR), { code: 'ENOENT' })
})

test('F-29: config check prints setting names and durations in words', async t => {
  const { stdout, code } = await gatehouse(['config', 'check', '--offline'], {
    DATA_DIR: emptyFolder(t),
    ACCESS_TOKEN_TTL: '120',
    SIGN_IN_LIMIT_ACCOUNT: '5/90s',
  })
  t.is(code, 0)
  t.regex(stdout, /\nLifetimes\n +ACCESS_TOKEN_TTL +2 minutes\n +REFRESH_TOKEN_TTL +14 days \(default\)\n/)
  t.regex(stdout, /SIGN_IN_LIMIT_ACCOUNT +5 in 90 seconds\n/)
  t.notRegex(stdout, /[{}"]|[a-z][A-Z][a-z]+ {2}/, 'neither JSON nor names of properties')
})

test('config explain prints the tables of the documentation', async t => {
  const { stdout } = await gatehouse(['config', 'explain', '--format', 'markdown'], {})
  t.true((await readFile('docs/configuration.md', 'utf8')).endsWith(stdout))
  t.is((await gatehouse(['config', 'explain', '--format', 'env'], {})).stdout, await readFile('.env.example', 'utf8'))
  t.true(JSON.parse((await gatehouse(['config', 'explain', '--json'], {})).stdout).length > 20)
})
