import { readFileSync } from 'node:fs'
import { accountCommands } from './accounts.ts'
import { whyCommand } from './audit/why.ts'
import { auditCommands } from './audit.ts'
import { registrationTokenCommands } from './clients/registration-tokens.ts'
import { clientCommands } from './clients.ts'
import { completionCommand } from './completion/completion.ts'
import { configCommands } from './config.ts'
import { consentCommands, grantCommands } from './grants.ts'
import { helpCommand } from './help.ts'
import { keyCommands } from './keys.ts'
import { globalOptionsIn, type Session } from './kit/session.ts'
import { Verb } from './kit/verb.ts'
import { mailCommands } from './mail.ts'
import { migrateCommands } from './migrate.ts'
import { providerCommands } from './providers.ts'
import { resourceCommands } from './resources.ts'
import { permissionCommands } from './roles/permissions.ts'
import { roleCommands } from './roles.ts'
import { serveCommand } from './serve.ts'
import { sessionCommands } from './sessions.ts'
import { setupCommands } from './setup.ts'
import { webhookCommands } from './webhooks/webhooks.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** The groups of the help, in order. */
const GROUPS: Record<string, ((program: Verb) => void)[]> = {
  'Server:': [serveCommand, migrateCommands, configCommands, mailCommands, whyCommand, auditCommands, webhookCommands],
  'People:': [
    setupCommands,
    accountCommands,
    roleCommands,
    permissionCommands,
    sessionCommands,
    grantCommands,
    consentCommands,
  ],
  'Applications:': [clientCommands, registrationTokenCommands, resourceCommands, keyCommands],
  'Upstream providers:': [providerCommands],
  'Help:': [helpCommand, completionCommand],
}

const EXAMPLES = `
Examples:
  $ gatehouse serve                                start the server
  $ gatehouse create-superuser you@example.com     create the first superuser
  $ gatehouse clients add "Wiki" --profile web --redirect-uri https://wiki.example.com/callback
  $ gatehouse help exit-codes                      explain the exit codes`

/** The whole command line of one run. */
export function createProgram(session: Session): Verb {
  const { io, argv } = session
  const { json } = globalOptionsIn(argv)
  const program = new Verb(session, 'gatehouse')
    .description('Gatehouse is an OpenID Connect identity provider: it signs people in to applications.')
    .version(version, '--version', 'Print the version')
    .option('--json', 'Print only JSON on standard output')
    .option('--jsonl', 'The same with a line for each thing of a list')
    .option('--verbose', 'Show debug logs, and a stack trace for errors')
    .helpOption('-h, --help', 'Show help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: text => io.out(text),
      writeErr: text => io.err(text),
      getOutHelpWidth: () => Math.min(io.columns ?? 100, 100),
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => json || write(text.replace(/^error: /, 'gatehouse: ')),
    })
    .showHelpAfterError(json ? false : 'Add --help for usage.')
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
  for (const [title, nouns] of Object.entries(GROUPS)) {
    program.commandsGroup(title)
    for (const noun of nouns) noun(program)
  }
  return program
}
