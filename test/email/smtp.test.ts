import { domainToUnicode } from 'node:url'
import test from 'ava'
import { loadConfig } from '../../src/base/config.ts'
import { checkEmail } from '../../src/email/email.ts'
import { SmtpTransport } from '../../src/email/smtp.ts'
import type { Message } from '../../src/email/transport.ts'
import { EmailTexts } from '../../src/i18n/email-texts.ts'
import { MailServer } from '../support/mail-server.ts'

const emails = new EmailTexts({ issuer: 'https://id.example.org', viewsDir: null })
const hostile = `Ada"\r\nBcc: evil@example.net\r\n\r\n<img src=https://evil.example/x.png>\u202Egro\u2028`

/** A busy machine is slow, but answers. */
const PATIENT = { connectionTimeout: 60_000, greetingTimeout: 60_000, socketTimeout: 60_000, dnsTimeout: 60_000 }

function transport(
  url: string,
  { from = 'Gate "House" <no-reply@example.org>', domain = 'id.example.org' } = {},
): SmtpTransport {
  const config = loadConfig(
    { NODE_ENV: 'test', SMTP_URL: url, MAIL_FROM: from.replaceAll('"', '') },
    { createSecrets: false },
  )
  return new SmtpTransport({ server: config.smtpUrl!, from: config.mailFrom, domain, timeouts: PATIENT })
}

function message(data: Record<string, string> = {}): Message {
  const email = { kind: 'new-device', to: 'ada@example.org', locale: 'ru', data } as const
  return { id: '0199-1', ...email, ...emails.write(email) }
}

test('an email has sender, recipient and subject, and suppresses automatic replies', async t => {
  const server = await MailServer.start()
  await transport(server.url).deliver(message({ link: 'https://id.example.org/report-compromise/token' }))
  const [email] = server.emails
  t.like(email, { from: 'no-reply@example.org', to: ['ada@example.org'] })
  t.is(email?.header('From'), 'Gate House <no-reply@example.org>')
  t.is(email?.header('To'), 'ada@example.org')
  t.is(email?.header('Message-ID'), '<0199-1@id.example.org>')
  t.is(email?.header('Auto-Submitted'), 'auto-generated')
  t.is(email?.header('Content-Language'), 'ru')
  t.regex(email?.header('Subject') ?? '', /^=\?UTF-8\?/)
  t.regex(email?.text ?? '', /устройства[\s\S]*https:\/\/id\.example\.org\/report-compromise\/token/)
  t.regex(email?.html ?? '', /<a class="button" href="https:\/\/id\.example\.org\/report-compromise\/token"/)
  await server.stop()
})

test('Q-08: the SMTP greeting has the host of PUBLIC_URL, not the host name of the container', async t => {
  const server = await MailServer.start()
  const greetings = {
    'id.example.org': 'id.example.org',
    localhost: 'localhost',
    '192.0.2.7': '[192.0.2.7]',
    '[2001:db8::7]': '[ipv6:2001:db8::7]',
  }
  for (const domain of Object.keys(greetings)) await transport(server.url, { domain }).deliver(message())
  t.deepEqual(
    server.emails.map(({ greeting }) => greeting),
    Object.values(greetings),
  )
  await server.stop()
})

test('Q-09: every form of unquoted address receives only its own email', async t => {
  const server = await MailServer.start()
  const addresses = [
    'tom&jerry@example.com',
    'a/b@example.com',
    "!#$%&'*+-/=?^_`{|}~@example.com",
    'почта@xn--e1afmkfd.xn--p1ai',
    '用户@xn--fsqu00a.xn--4rr70v',
    'josé@example.org',
    '🦄@example.org',
  ]
  const link = 'https://id.example.org/verify-email/token'
  for (const to of addresses) await transport(server.url).deliver({ ...message({ link }), to })
  t.is(server.emails.length, addresses.length)
  const unicode = (address: string) => `${address.split('@')[0]}@${domainToUnicode(address.split('@')[1]!)}`
  for (const [index, { to, header, raw }] of server.emails.entries()) {
    t.is(to.length, 1)
    t.is(unicode(to[0]!), unicode(addresses[index]!))
    t.is(unicode(header('To')!), unicode(addresses[index]!))
    t.is(raw.match(/^(To|Cc|Bcc):/gim)?.length, 1)
  }
  await server.stop()
})

test('P-09: a name or user agent adds no header, no recipient and no markup', async t => {
  const server = await MailServer.start()
  await transport(server.url).deliver(message({ name: hostile, userAgent: hostile, ip: hostile }))
  const [email] = server.emails
  t.deepEqual(email?.to, ['ada@example.org'])
  t.is(email?.header('Bcc'), undefined)
  t.notRegex(email?.raw ?? '', /^Bcc:/im)
  t.notRegex(email?.html ?? '', /<img/i)
  t.true(email?.html.includes('&lt;img'))
  for (const text of [email?.text ?? '', email?.html ?? '']) t.notRegex(text, /[\u202A-\u202E\u2028]/)
  await server.stop()
})

test('P-09: an email goes to exactly one address, and links only to the issuer', t => {
  const about = (to: string, link = 'https://id.example.org/x') =>
    checkEmail({ kind: 'test', to, locale: 'en', data: { link } }, 'https://id.example.org')
  t.notThrows(() => about('ada+tag@sub.example.org'))
  for (const to of [
    'a@x.example,b@y.example',
    'a@x.example b@y.example',
    'a@x.example\r\nBcc: b@y.example',
    'Ada <a@x.example>',
    '<a@x.example>',
    'a@x.example;b@y.example',
    '"a@x.example"@y.example',
    'undisclosed-recipients:;',
    '',
  ]) {
    t.throws(() => about(to), { name: 'Error', message: /is not one address/ }, to)
  }
  for (const link of ['https://evil.example/x', 'https://id.example.org.evil.example/x', 'javascript:alert(1)']) {
    t.throws(() => about('ada@example.org', link), { message: /does not lead to/ })
  }
})

test('an SMTP password is sent only over TLS or to this machine', async t => {
  const seen: string[] = []
  const server = await MailServer.start({
    smtp: {
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth({ username, password }, _, done) {
        seen.push(`${username}:${password}`)
        done(null, { user: username })
      },
    },
  })
  await transport(`smtp://gate:p%40ss@127.0.0.1:${server.port}`).deliver(message())
  t.deepEqual(seen, ['gate:p@ss'])
  // The same server at an address that does not count as this machine.
  await t.throwsAsync(transport(`smtp://gate:secret@0.0.0.0:${server.port}`).deliver(message()), {
    message: /STARTTLS|TLS/,
  })
  t.deepEqual(seen, ['gate:p@ss'])
  t.is(server.emails.length, 1)
  await server.stop()
})
