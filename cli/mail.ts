import { Option } from 'commander'
import type { App } from '../src/app.ts'
import { newId } from '../src/base/ids.ts'
import { Letters } from '../src/http/letters.ts'
import { locales } from '../src/http/locale.ts'
import { type Carrier, Undeliverable } from '../src/mail/carrier.ts'
import { carrierFor } from '../src/mail/carriers.ts'
import { checkLetter, type Letter } from '../src/mail/letter.ts'
import { LETTER } from '../src/mail/outbox.ts'
import { EXIT } from './exit-codes.ts'
import { CliError } from './failures.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** Whether letters reach people. */
export function mailCommands(program: Verb, session: Session): void {
  const mail = program.noun('mail', 'letters to people')

  mail
    .command('test <address>')
    .description('send a letter at once, past the queue, and say what became of it')
    .addOption(new Option('--locale <locale>', 'its language').choices(locales).default('en'))
    .example('mail test you@example.com', 'mail test you@example.com --locale ru')
    .action(
      withApp(session, async ({ app, out }, to: string, { locale }: Pick<Letter, 'locale'>) => {
        const { config } = app
        const letter: Letter = { kind: 'test', to, locale, data: {} }
        checkLetter(letter, config.issuer)
        const carrier = carrierFor(config, app) ?? nobody()
        const id = newId()
        await handOver(app, carrier, id, letter)
        const where = config.mailbox ? `It is in the mailbox: ${config.issuer}/mailbox/${id}` : ''
        const told = config.smtp
          ? `${carrier.name} has taken the letter from ${config.mailFrom.address} to ${to}.`
          : where
        out.done({ to, id, from: config.mailFrom.address, by: carrier.name }, told)
      }),
    )

  mail
    .command('status')
    .description('show how many letters wait, what keeps them, and when the last one was delivered')
    .example('mail status', 'mail status --json')
    .action(
      withApp(session, async ({ app, out }) => {
        const { failure, done, lastDoneAt, ...rest } = await app.queue.standing(LETTER)
        const by = carrierFor(app.config, app)?.name ?? null
        const summary = { by, ...rest, delivered: done, lastDeliveredAt: lastDoneAt, failure }
        out.record(summary, `Letters that wait, and those of the last day:`)
      }),
    )
}

async function handOver({ config }: App, carrier: Carrier, id: string, letter: Letter): Promise<void> {
  const { kind, to, locale } = letter
  try {
    await carrier.carry({ id, kind, to, locale, ...new Letters(config).write(letter) })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    if (error instanceof Undeliverable) {
      throw new CliError({ exit: EXIT.notFound, code: 'undeliverable', message: `nobody has that address: ${said}` })
    }
    const advice = 'Look at SMTP_URL and MAIL_FROM; every variable is explained by: gatehouse config explain'
    throw new CliError({ exit: EXIT.storage, code: 'mail', message: `${carrier.name} took no letter: ${said}`, advice })
  }
}

function nobody(): never {
  throw new CliError({
    exit: EXIT.configuration,
    code: 'configuration',
    message: 'there is no mail server: letters wait, and reach nobody',
    advice: 'Set SMTP_URL; it is explained by: gatehouse config explain',
  })
}
