import { operator } from '../src/base/actor.ts'
import { givenPassword, newPassword, type PasswordOptions, passwordOptions } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, withApp } from './with-app.ts'

/** The ways in when nobody can sign in: at the very beginning, and after a password was lost. */
export function setupCommands(program: Verb, session: Session): void {
  const superuser = program
    .command('create-superuser <email>')
    .description('make a superuser: a new account, or one that exists; works on an empty database too')
    .option('--name <name>', 'what the person wishes to be called')
  passwordOptions(superuser)
    .example(
      'create-superuser you@example.com',
      'create-superuser you@example.com --name "You" --password-file /run/secrets/password',
    )
    .action(
      withApp(session, async ({ app, io, out }, email: string, options: PasswordOptions & { name?: string }) => {
        const known = await app.accounts.findByEmail(email)
        const password = await (known
          ? givenPassword(io, options, app.config)
          : newPassword(io, options, email, app.config))
        const applicant = { email, name: options.name ?? null, password }
        const { account, made } = await app.setup.createSuperuser(applicant, { by: operator })
        const summary = { ...account.summary(), roles: await app.roles.of(account), made }
        const how = made ? 'has an account now and' : 'had an account already, and'
        out.done(summary, `${account.email} ${how} is a superuser.`)
      }),
    )

  program
    .command('recover <account>')
    .description('print a one-time link by which a person sets a new password; needs no mail')
    .example('recover ada@example.com')
    .action(
      withApp(session, async ({ app, out }, idOrEmail: string) => {
        const { account, token } = await app.recovery.link(idOrEmail, { by: operator })
        const url = `${app.config.issuer}/recover/${token}`
        const use =
          'Give it to nobody else. It works once, within an hour, and replaces older ones;\nusing it ends all sessions of the account.'
        out.done({ email: account.email, url }, `A new password for ${account.email}:\n\n  ${url}\n\n${use}`)
      }),
    )
}
