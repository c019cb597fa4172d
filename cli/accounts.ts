import { operator } from '../src/base/actor.ts'
import { accessCommands, factorCommands, factorNames, impersonationCommands } from './accounts/access.ts'
import { roleAssignments } from './accounts/roles.ts'
import { historyCommand } from './audit.ts'
import { newPassword, type PasswordOptions } from './kit/prompts.ts'
import { count, defined, textOrNone } from './kit/values.ts'
import type { Verb } from './kit/verb.ts'

/** Accounts of people. An account can be named by its email, its username or its ID. */
export function accountCommands(program: Verb): void {
  const accounts = program.noun('accounts', 'Manage the accounts of people')

  accounts
    .verb(
      'list',
      'List accounts, newest first',
      '--search example.com --limit 10',
      '--after 019dfb8e-7a5c-7d0a-a9a1-7f7bb0a5d6c4',
    )
    .option(
      '--search <text>',
      'Only accounts whose email, username or name contains this text, or a word that begins with it if it is shorter than 3',
    )
    .option('--limit <number>', 'Maximum number of accounts', count, 50)
    .option('--after <id>', 'Continue after this account, the last one of the previous page')
    .run(async ({ app, out }, options: { search?: string; limit: number; after?: string }) => {
      const found = await app.accounts.list(options)
      out.table(found, ['email', 'name', 'active', 'createdAt', 'id'], 'No accounts found.')
    })

  accounts
    .verb('show <account>', 'Show an account with its roles and sign-in methods', 'ada@example.com', 'ada')
    .runOnAccount(async ({ app, out }, account) => {
      const password = await app.passwords.has(account)
      const factors = factorNames(await app.secondFactors.of(account))
      out.record({ ...account.summary(), roles: await app.assignments.rolesOf(account), password, factors })
    })

  accounts
    .verb(
      'register <email>',
      'Create an account',
      'ada@example.com --name "Ada" --link',
      'ada@example.com --verified --password-stdin < password.txt',
    )
    .option('--name <name>', "The person's display name")
    .option('--username <username>', 'Unique name without an @; applications receive it as preferred_username')
    .option('--verified', 'Mark the email as verified')
    .option('--link', 'Set no password now; print a one-time link for setting one')
    .withPassword()
    .run(async ({ app, io, out }, email: string, options: RegisterOptions) => {
      const { name = null, username = null, verified: emailVerified = false } = options
      const password = options.link ? null : await newPassword(io, options, email, app.config)
      const applicant = { email, name, username, password }
      const account = await app.registration.create(applicant, { by: operator, emailVerified })
      const link = options.link ? await app.passwordReset.link(account.id, { by: operator }) : null
      const url = link && `${app.config.issuer}/reset-password/${link.token}`
      const how = url ? `\nLink for setting a password (works once, expires in 1 hour):\n\n  ${url}` : ''
      out.done({ ...account.summary(), ...(url ? { url } : {}) }, `Registered ${account.email}.${how}`)
    })

  accounts
    .verb(
      'update <account>',
      'Change the name or username of an account',
      'ada@example.com --username ada',
      'ada@example.com --username none',
    )
    .option('--name <name>', "The person's display name, or none", textOrNone)
    .option('--username <username>', 'Unique name without an @, or none', textOrNone)
    .run(async ({ app, out }, id: string, { name, username }: { name?: string | null; username?: string | null }) => {
      const changes = defined({ name, preferred_username: username })
      const account = await app.accounts.find(id)
      await app.profiles.update(account, changes, { by: operator })
      out.done(account, `Updated ${account.email}.`)
    })

  accounts
    .verb('verify <account>', 'Mark the email of an account as verified, without sending an email', 'ada@example.com')
    .runOnAccount(async ({ app, out }, account) => {
      const changed = await app.verification.markVerified(account, { by: operator })
      out.done(account, `${account.email} is ${changed ? 'now' : 'already'} verified.`)
    })

  accessCommands(accounts)
  impersonationCommands(accounts)
  historyCommand(accounts)
  factorCommands(accounts)
  roleAssignments(accounts)

  accounts
    .verb(
      'export <account>',
      'Print everything that is stored about a person, as JSON, without secrets',
      'ada@example.com',
    )
    .runOnAccount(async ({ app, out }, account) => {
      const stored = await app.export.of(account)
      out.text(stored, `${JSON.stringify(stored, null, 2)}\n`)
    })

  accounts
    .verb(
      'remove <account>',
      'Remove an account and everything stored about the person, for good and without a grace period',
      'ada@example.com',
    )
    .confirmed()
    .runOnAccount(async ({ app, out, confirm }, account) => {
      const { id, email } = account
      await confirm(`This removes everything stored about ${email}, for good.`, email)
      await app.erasure.of(account, { by: operator })
      out.done({ removed: id, email }, `Removed ${email}. The audit trail keeps only the ID ${id}.`)
    })
}

interface RegisterOptions extends PasswordOptions {
  name?: string
  username?: string
  verified?: true
  link?: true
}
