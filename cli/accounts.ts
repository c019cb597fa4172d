import { Option } from 'commander'
import { type Group, OWNER_GROUPS } from '../src/audit/catalogue.ts'
import { deviceName, deviceOf } from '../src/audit/device.ts'
import { operator } from '../src/base/actor.ts'
import { erasure } from './accounts/erasure.ts'
import { factorCommands, factorNames } from './accounts/factors.ts'
import { profile } from './accounts/profile.ts'
import { roleAssignments } from './accounts/roles.ts'
import { verification } from './accounts/verification.ts'
import { newPassword, type PasswordOptions, passwordOptions } from './prompts.ts'
import { count, repeated } from './values.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The people who can sign in. Wherever an account is meant, its email address, its username or its id will do. */
export function accountCommands(program: Verb, session: Session): void {
  const accounts = program.noun('accounts', 'people who can sign in')

  accounts
    .command('list')
    .description('list accounts, newest first')
    .option('--search <text>', 'only those with this in their address, username or name')
    .option('--limit <number>', 'at most so many', count, 50)
    .option('--after <id>', 'go on after this one, the last of the page before')
    .example('accounts list', 'accounts list --search example.com --limit 10')
    .action(
      withApp(session, async ({ app, out }, options: { search?: string; limit: number; after?: string }) => {
        const summaries = (await app.accounts.list(options)).map(account => account.summary())
        out.table(summaries, ['email', 'name', 'active', 'createdAt', 'id'], 'No account was found.')
      }),
    )

  accounts
    .command('show <account>')
    .description('show an account, its roles, whether it has a password, and its second factors')
    .example('accounts show ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        const password = await app.passwords.has(account)
        const factors = factorNames(await app.factors.of(account))
        out.record({ ...account.summary(), roles: await app.roles.of(account), password, factors })
      }),
    )

  const register = accounts
    .command('register <email>')
    .description('make an account')
    .option('--name <name>', 'what the person wishes to be called')
    .option('--username <username>', 'unique name without an @; applications get it as preferred_username')
    .option('--verified', 'the address is known to be theirs')
    .option('--link', 'no password now: print a one-time link by which the person sets one')
  passwordOptions(register)
    .example('accounts register ada@example.com --name "Ada" --link', 'accounts register ada@example.com --verified')
    .action(
      withApp(session, async ({ app, io, out }, email: string, options: RegisterOptions) => {
        const password = options.link ? null : await newPassword(io, options, email, app.config)
        const applicant = { email, name: options.name ?? null, username: options.username ?? null, password }
        const emailVerified = options.verified === true
        const account = await app.registration.create(applicant, { by: operator, emailVerified })
        const link = options.link ? await app.recovery.link(account.id, { by: operator }) : null
        const url = link && `${app.config.issuer}/recover/${link.token}`
        const how = url ? `\nTo set a password, once and within an hour:\n\n  ${url}` : ''
        out.done({ ...account.summary(), ...(url ? { url } : {}) }, `Registered ${account.email}.${how}`)
      }),
    )

  accounts
    .command('suspend <account>')
    .description('keep a person out; sessions and tokens end at once')
    .example('accounts suspend ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.suspension.suspend(idOrEmail, { by: operator })
        out.done(account.summary(), `${account.email} is suspended and signed out everywhere.`)
      }),
    )

  accounts
    .command('reinstate <account>')
    .description('let a suspended person in again')
    .example('accounts reinstate ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.suspension.reinstate(idOrEmail, { by: operator })
        out.done(account.summary(), `${account.email} may sign in again.`)
      }),
    )

  accounts
    .command('sign-out <account>')
    .description('end all sessions and tokens of a person')
    .example('accounts sign-out ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        await app.signOut.of(account, { by: operator })
        out.done(account.summary(), `${account.email} is signed out everywhere.`)
      }),
    )

  accounts
    .command('unlock <account>')
    .description('let a person try their password again after too many wrong ones')
    .example('accounts unlock ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const account = await app.accounts.find(idOrEmail)
        await app.attempts.forgive(account, { by: operator })
        out.done(account.summary(), `${account.email} may try again.`)
      }),
    )

  accounts
    .command('history <account>')
    .description('show what happened to an account, newest first')
    .option('--limit <number>', 'at most so many', count, 50)
    .option('--before <id>', 'go on before this one, the last of the page before (--json shows the ids)')
    .option('--kind <kind>', 'only these, or all that begin so, as in "sign-in." (repeatable)', repeated)
    .addOption(new Option('--group <group>', 'only events of this group').choices(OWNER_GROUPS))
    .option('--failed', 'only what was refused')
    .example('accounts history ada@example.com --limit 10', 'accounts history ada@example.com --kind sign-in. --failed')
    .action(
      withApp(
        session,
        async ({ app, out }, idOrEmail: string, { limit, before, kind, group, failed }: HistoryOptions) => {
          const account = await app.accounts.find(idOrEmail)
          const page = { limit, before, kinds: kind, group, ...(failed && { success: false }) }
          const events = (await app.audit.of(account.id, page)).map(event => ({
            id: event.id,
            ...event.summary(),
            device: deviceName(deviceOf(event.userAgent)),
          }))
          const columns = ['at', 'kind', 'success', 'reason', 'actor', 'target', 'device', 'ip']
          out.table(events, columns, 'Nothing is on record.')
        },
      ),
    )

  profile(accounts, session)
  verification(accounts, session)
  erasure(accounts, session)
  factorCommands(accounts, session)
  roleAssignments(accounts, session)
}

interface HistoryOptions {
  limit: number
  before?: string
  kind?: string[]
  group?: Group
  failed?: true
}

interface RegisterOptions extends PasswordOptions {
  name?: string
  username?: string
  verified?: true
  link?: true
}
