import { Option } from 'commander'
import type { App } from '../src/app.ts'
import { newId } from '../src/base/ids.ts'
import { checkEmail, type Email } from '../src/email/email.ts'
import { EMAIL_QUEUE } from '../src/email/outbox.ts'
import { type Transport, Undeliverable } from '../src/email/transport.ts'
import { transportFor } from '../src/email/transports.ts'
import { EmailTexts } from '../src/i18n/email-texts.ts'
import { locales } from '../src/i18n/locale.ts'
import { EXIT } from './kit/exit-codes.ts'
import { CliError } from './kit/failures.ts'
import type { Verb } from './kit/verb.ts'

/** Tests the mail server, and shows the state of the queue. */
export function mailCommands(program: Verb): void {
  const mail = program.noun('mail', 'Test and monitor email delivery')

  mail
    .verb(
      'test <address>',
      'Send a test email at once, without the queue, and show what the mail server answered',
      'you@example.com',
      'you@example.com --locale ru',
    )
    .addOption(new Option('--locale <locale>', 'Language of the email').choices(locales).default('en'))
    .run(async ({ app, out }, to: string, { locale }: Pick<Email, 'locale'>) => {
      const { config } = app
      const email: Email = { kind: 'test', to, locale, data: {} }
      checkEmail(email, config.issuer)
      const transport = transportFor(config, app) ?? noMailServer()
      const id = newId()
      await send(app, transport, id, email)
      const sent = `${transport.name} accepted the email from ${config.mailFrom.address} to ${to}.`
      const shown = config.mailbox ? `Test mode: the email is in the mailbox: ${config.issuer}/mailbox/${id}` : ''
      out.done({ to, id, from: config.mailFrom.address, by: transport.name }, config.smtpUrl ? sent : shown)
    })

  mail
    .verb('status', 'Show how many emails are waiting and why, and when the last one was delivered', '--json')
    .run(async ({ app, out }) => {
      const { failure, done, lastDoneAt, ...rest } = await app.queue.status(EMAIL_QUEUE)
      const by = transportFor(app.config, app)?.name ?? null
      const summary = { by, ...rest, delivered: done, lastDeliveredAt: lastDoneAt, failure }
      out.record(summary, 'Emails that are waiting, and emails of the last day:')
    })
}

async function send({ config }: App, transport: Transport, id: string, email: Email): Promise<void> {
  const { kind, to, locale } = email
  try {
    await transport.deliver({ id, kind, to, locale, ...new EmailTexts(config).write(email) })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const unknown = `the mail server does not know this address: ${reason}`
    if (error instanceof Undeliverable)
      throw new CliError({ exit: EXIT.notFound, code: 'undeliverable', message: unknown })
    const message = `${transport.name} did not accept the email: ${reason}`
    const advice = 'Check SMTP_URL and MAIL_FROM; for all settings, see: gatehouse config explain'
    throw new CliError({ exit: EXIT.storage, code: 'mail', message, advice })
  }
}

function noMailServer(): never {
  throw new CliError({
    exit: EXIT.configuration,
    code: 'configuration',
    message: 'no mail server is configured: emails wait in the queue and are not delivered',
    advice: 'Set SMTP_URL; for all settings, see: gatehouse config explain',
  })
}
