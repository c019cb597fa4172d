import { readFileSync } from 'node:fs'
import { accountCommands } from './accounts.ts'
import { asked } from './asked.ts'
import { clientCommands } from './clients.ts'
import { configCommands } from './config.ts'
import { consentCommands, grantCommands } from './grants.ts'
import { helpCommand } from './help.ts'
import { keyCommands } from './keys.ts'
import { mailCommands } from './mail.ts'
import { migrateCommands } from './migrate.ts'
import { providerCommands } from './providers.ts'
import { resourceCommands } from './resources.ts'
import { roleCommands } from './roles.ts'
import { serveCommand } from './serve.ts'
import { sessionCommands } from './sessions.ts'
import { setupCommands } from './setup.ts'
import { Verb } from './verb.ts'
import type { Session } from './with-app.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** The whole command line of one run. */
export function createProgram(session: Session): Verb {
  const { io, argv } = session
  const { json } = asked(argv)
  const program = new Verb('gatehouse')
    .description('Gatehouse signs people in to applications: an OpenID Connect identity provider.')
    .version(version, '--version', 'print the version')
    .option('--json', 'answer with JSON on standard output, and nothing else there')
    .option('--verbose', 'show where an error happened')
    .helpOption('-h, --help', 'show help')
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
    .showHelpAfterError(json ? false : 'Add --help to see how it is used.')
    .exitOverride()
    .helpCommand(false)

  program.commandsGroup('Running:')
  serveCommand(program, session)
  migrateCommands(program, session)
  configCommands(program, session)
  mailCommands(program, session)
  program.commandsGroup('People:')
  setupCommands(program, session)
  accountCommands(program, session)
  roleCommands(program, session)
  sessionCommands(program, session)
  grantCommands(program, session)
  consentCommands(program, session)
  program.commandsGroup('Applications:')
  clientCommands(program, session)
  resourceCommands(program, session)
  keyCommands(program, session)
  program.commandsGroup('Other providers:')
  providerCommands(program, session)
  program.commandsGroup('Help:')
  helpCommand(program, session)
  return program.example(
    'serve                                start everything',
    'create-superuser you@example.com     make yourself the first superuser',
    'clients add "Wiki" --profile web --redirect-uri https://wiki.example.com/callback',
    'help exit-codes                      what the exit codes mean',
  )
}
