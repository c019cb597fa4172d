import { globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { settings } from '../../src/base/config/settings.ts'
import { unnaturalIn } from '../support/words.ts'

/** Words that are not used; the list is in `test/support/words.ts`. */
const ROOT = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')

/** Whole files: comments, texts and names. */
const CLEAN = [
  '{README,CHANGELOG}.md',
  'docs/**/*.md',
  '{src,cli}/**/*.ts',
  '{bench,connect,demo,migrations}/**/*.ts',
  'modules/**/*.{js,ts}',
  'test/**/*.ts',
  'deploy/*',
  'nginx/*',
  'examples/**/*.*',
  'views/**/*.{eta,css,js}',
]
/** The list itself, and files that quote the texts of pages and emails. */
const EXCEPT = [
  'docs/reference/audit-events.md',
  'src/base/text/reserved-usernames.ts',
  'test/e2e/passkey-attacks.test.ts',
  'test/http/account-connections.test.ts',
  'test/http/email-sign-in-verification.test.ts',
  'test/http/email-sign-in.test.ts',
  'test/http/email-texts.test.ts',
  'test/http/history-text.test.ts',
  'test/http/mailbox.test.ts',
  'test/lifecycle/compromise.test.ts',
  'test/support/words.ts',
]

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
