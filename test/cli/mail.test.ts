import test from 'ava'
import { transportFor } from '../../src/email/transports.ts'
import { EmailTexts } from '../../src/i18n/email-texts.ts'
import { MailDelivery } from '../../src/ops/mail-delivery.ts'
import { emailTo } from '../support/emails.ts'
import { eventually } from '../support/eventually.ts'
import { MailServer } from '../support/mail-server.ts'
import { freePort } from '../support/programs.ts'
import { openCommandLine } from './command-line.ts'

test('without a mail server the test email is in the mailbox', async t => {
  const cli = await openCommandLine()
  const { code, out } = await cli.run('mail test ada@example.com --locale ru')
  t.is(code, 0)
  t.regex(out, /^Test mode: the email is in the mailbox: https:\/\/id\.example\.com\/mailbox\/[0-9a-f-]{36}\n$/)
  t.is((await emailTo(cli.app, 'ada@example.com')).subject, 'Проверочное письмо')
  await cli.stop()
})

test('with a mail server its answer is printed', async t => {
  const server = await MailServer.start({
    smtp: {
      onRcptTo({ address }, _, done) {
        const gone = Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })
        done(address.startsWith('gone') ? gone : null)
      },
    },
  })
  const cli = await openCommandLine({ SMTP_URL: server.url, MAIL_FROM: 'Example <sign-in@example.com>' })
  const { out } = await cli.run('mail test ada@example.com')
  t.is(out, `127.0.0.1:${server.port} accepted the email from sign-in@example.com to ada@example.com.\n`)
  t.is(server.emails[0]?.header('From'), 'Example <sign-in@example.com>')
  t.like(await cli.json('mail test bob@example.com'), { to: 'bob@example.com', from: 'sign-in@example.com' })

  const gone = await cli.run('mail test gone@example.com')
  t.is(gone.code, 3)
  t.regex(gone.err, /does not know this address: 550 5\.1\.1/)
  for (const wrong of ['ada@example.com,bob@example.com', '"ada@example.com bob@example.com"', 'nonsense']) {
    t.is((await cli.run(`mail test ${wrong}`)).code, 2, wrong)
  }
  t.is(server.emails.length, 2)
  await server.stop()

  const dead = await cli.run('mail test ada@example.com')
  t.is(dead.code, 7)
  t.regex(dead.err, /did not accept the email: .*ECONNREFUSED.*\n.*SMTP_URL/)
  await cli.stop()
})

test('no error shows the password of the mail server', async t => {
  const cli = await openCommandLine({ SMTP_URL: `smtp://gate:S3cret@127.0.0.1:${await freePort()}` })
  const { code, out, err } = await cli.run('mail test ada@example.com --verbose')
  t.is(code, 7)
  t.notRegex(out + err, /S3cret/)
  await cli.stop()
})

test('mail status: none, waiting for an unreachable server, delivered, given up', async t => {
  t.timeout(180_000)
  const port = await freePort()
  const cli = await openCommandLine({ SMTP_URL: `smtp://127.0.0.1:${port}` })
  const { app } = cli
  const by = `127.0.0.1:${port}`
  const status = () => cli.json<Record<string, unknown>>('mail status')
  const none = {
    waiting: 0,
    failing: 0,
    oldestAt: null,
    givenUp: 0,
    delivered: 0,
    lastDeliveredAt: null,
    failure: null,
  }
  t.deepEqual(await status(), { by, ...none })

  const post = (to: string) => app.scope(() => app.outbox.post({ kind: 'welcome', to, locale: 'en', data: {} }))
  for (const to of ['ada@example.com', 'gone@example.com']) await post(to)
  const waiting = await status()
  t.like(waiting, { waiting: 2, failing: 0, delivered: 0, failure: null })
  t.true(Math.abs(Date.parse(String(waiting.oldestAt)) - Date.now()) < 60_000)

  const mailDelivery = new MailDelivery({
    app,
    write: sent => new EmailTexts(app.config).write(sent),
    transport: transportFor(app.config, app),
  })
  await mailDelivery.start()
  t.true(await eventually(async () => (await status()).failing === 2))
  const failing = await status()
  t.is(failing.waiting, 2)
  t.regex(String(failing.failure), /ECONNREFUSED/)
  t.regex((await cli.run('mail status')).out, /waiting +2\n.*failing +2\n.*failure +.*ECONNREFUSED/s)

  const server = await MailServer.start({
    port,
    smtp: {
      onRcptTo({ address }, _, done) {
        const gone = Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })
        done(address.startsWith('gone') ? gone : null)
      },
    },
  })
  t.true(await eventually(async () => (await status()).waiting === 0))
  const over = await status()
  t.like(over, { waiting: 0, failing: 0, oldestAt: null, delivered: 1, givenUp: 1, failure: null })
  t.true(Math.abs(Date.parse(String(over.lastDeliveredAt)) - Date.now()) < 60_000)
  await mailDelivery.stop()
  await server.stop()
  await cli.stop()
})
