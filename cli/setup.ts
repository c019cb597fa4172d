import { operator } from '../src/base/actor.ts'
import { givenPassword, newPassword, type PasswordOptions } from './kit/prompts.ts'
import type { Verb } from './kit/verb.ts'

/** Creates superusers, and links for people who have lost their password. */
export function setupCommands(program: Verb): void {
  program
    .verb(
      'create-superuser <email>',
      'Create a superuser, or make an existing account one; works before the server has ever run',
      'you@example.com',
      'you@example.com --name "You" --password-file /run/secrets/password',
    )
    .option('--name <name>', "The person's display name")
    .withPassword()
    .run(async ({ app, io, out }, email: string, options: PasswordOptions & { name?: string }) => {
      const known = await app.accounts.findByEmail(email)
      const password = await (known
        ? givenPassword(io, options, app.config)
        : newPassword(io, options, email, app.config))
      const applicant = { email, name: options.name ?? null, password }
      const { account, made } = await app.setup.createSuperuser(applicant, { by: operator })
      const summary = { ...account.summary(), roles: await app.assignments.rolesOf(account), made }
      out.done(summary, made ? `Created the superuser ${account.email}.` : `${account.email} is now a superuser.`)
    })

  program
    .verb('recover <account>', 'Print a one-time link for setting a new password; sends no email', 'ada@example.com')
    .run(async ({ app, out }, id: string) => {
      const { account, token } = await app.passwordReset.link(id, { by: operator })
      const url = `${app.config.issuer}/reset-password/${token}`
      const use = `Give it only to the owner of the account. It works once, expires in 1 hour, and replaces earlier links.
Using it revokes all sessions of the account.`
      out.done(
        { email: account.email, url },
        `Link for setting a new password for ${account.email}:\n\n  ${url}\n\n${use}`,
      )
    })
}
