import { globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { settings } from '../../src/base/config/settings.ts'
import { unnaturalIn } from '../support/words.ts'

/** Words that no reader should meet; the list is in `test/support/words.ts`. An area that is clean is added here. */
const ROOT = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')

/** Whole files: comments, texts and names. */
const CLEAN = [
  'README.md',
  'docs/**/*.md',
  'cli/**/*.ts',
  'src/{audit,base,limits,storage}/**/*.ts',
  'src/{email,i18n,lifecycle,links,login,sessions}/**/*.ts',
  'src/credentials/**/*.ts',
  'test/{audit,base,credentials,faults,limits,login,server,sessions,storage}/**/*.ts',
  'test/http/{cors,forwarded,logs,post-redirect,redis-down,event-loop}*.ts',
  'migrations/*.ts',
  'test/http/{enrolment,flood,known,password-guessing,second-factor,session,sign-in-,signed-,timing}*.test.ts',
  'src/{clients,grants,keys,roles}/**/*.ts',
  'src/{oidc,ops}/**/*.ts',
  'test/{clients,keys,oidc,roles,tokens}/**/*.ts',
  'src/{accounts,federation}/**/*.ts',
  'test/{accounts,federation}/**/*.ts',
  'test/http/{api,federation}/**/*.ts',
  'src/*.ts',
  'src/http/mailbox.ts',
  'src/http/{federation,links,middleware,server}/**/*.ts',
  'src/http/{account,api,kit,sign-in}/**/*.ts',
  'test/http/account-!(connections).test.ts',
  'test/http/{authorization,base-path,client-,cookies,escaping,forms,malformed,page,redirect,registration,sign-out}*.test.ts',
  '{bench,demo}/**/*.ts',
  'test/{cli,demo,deploy,ops}/**/*.ts',
  'test/support/**/!(words).ts',
  'deploy/*',
  'nginx/*',
]
/** Not clean yet, or a list of just such words. */
const EXCEPT = ['docs/reference/audit-events.md', 'src/base/text/reserved-usernames.ts']

for (const pattern of CLEAN) {
  test(`${pattern} uses no word from the list`, t => {
    const paths = globSync(pattern, { cwd: ROOT.pathname }).filter(path => !EXCEPT.includes(path))
    t.true(paths.length > 0)
    for (const path of paths) t.deepEqual(unnaturalIn(read(path)), [], path)
  })
}

test('settings have descriptions that begin with a capital or a value, and end with a full stop', t => {
  for (const { name, does, expected } of settings) {
    t.regex(does, /^([A-Z]|[a-z]+: |production ).*\.$/s, name)
    t.deepEqual(unnaturalIn(`${does} ${expected}`), [], name)
  }
})

test('log messages use no word from the list', t => {
  const messages = globSync('{src,cli}/**/*.ts', { cwd: ROOT.pathname }).flatMap(path =>
    [
      ...read(path).matchAll(
        /\blog\??\.(?:trace|debug|info|warn|error|fatal)\([^;]*?(['"`])((?:(?!\1).)*)\1\s*,?\s*\)/g,
      ),
    ].map(match => ({ path, message: match[2] ?? '' })),
  )
  t.true(messages.length > 20)
  for (const { path, message } of messages) t.deepEqual(unnaturalIn(message), [], `${path}: ${message}`)
})
