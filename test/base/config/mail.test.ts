import test from 'ava'
import { ConfigError, loadConfig } from '../../../src/base/config.ts'

const load = (env: Record<string, string>) => loadConfig({ NODE_ENV: 'test', ...env }, { createSecrets: false })
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://id.example.com/sso',
  DATABASE_URL: 'postgresql://u:p@db.example/gatehouse',
  SECRET_KEYS: 'a key for tests alone: 0123456789abcdefghij',
}

test('without a mail server, emails are shown in the mailbox, but never in production', t => {
  t.like(load({}), { smtpUrl: null, mailbox: true, mailFrom: { name: 'Gatehouse', address: 'no-reply@localhost' } })
  t.like(load(production), { smtpUrl: null, mailbox: false, mailFrom: { address: 'no-reply@id.example.com' } })
  t.false(load({ SMTP_URL: 'smtp://mail.example' }).mailbox)
})

test('SMTP_URL configures the connection to the mail server and its user', t => {
  const smtp = (SMTP_URL: string) => load({ SMTP_URL }).smtpUrl
  t.deepEqual(smtp('smtp://mail.example'), {
    host: 'mail.example',
    port: 587,
    secure: false,
    user: null,
    password: null,
  })
  t.like(smtp('smtps://u%40x:p%3A%2F@[::1]'), { host: '::1', port: 465, secure: true, user: 'u@x', password: 'p:/' })
  t.like(smtp('smtp://mail.example:2525/'), { port: 2525 })
  for (const wrong of [
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://m.example/x',
    'smtp://u:%zz@m.example',
  ]) {
    const error = t.throws(() => smtp(wrong), { instanceOf: ConfigError }, wrong)
    t.deepEqual(
      error?.mistakes.map(({ name }) => name),
      ['SMTP_URL'],
    )
  }
})

test('a sender is one address, with or without a name', t => {
  const from = (MAIL_FROM: string) => load({ MAIL_FROM }).mailFrom
  t.deepEqual(from('a@b.example'), { name: '', address: 'a@b.example' })
  t.deepEqual(from('"Ex, Ample" <a@b.example>'), { name: 'Ex, Ample', address: 'a@b.example' })
  for (const wrong of ['a', 'a@b.example,c@d.example', 'A <a@b.example> <c@d.example>', 'A\nBcc: x <a@b.example>']) {
    t.throws(() => from(wrong), { instanceOf: ConfigError }, wrong)
  }
})

test('no error message contains a password', t => {
  const error = t.throws(() => load({ SMTP_URL: 'smtp://user:S3cret@mail.example/path' }), { instanceOf: ConfigError })
  t.notRegex(error?.message ?? '', /S3cret/)
})
