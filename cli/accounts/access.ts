import type { Account } from '../../src/accounts/account.ts'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import type { HeldSecondFactors } from '../../src/credentials/second-factors.ts'
import { DEFAULT_MINUTES } from '../../src/lifecycle/impersonation/impersonations.ts'
import { count } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

const by = { by: operator }

/** Commands that block and allow sign-in, and that sign an account out. */
export function accessCommands(accounts: Verb): void {
  change(
    'suspend',
    'Block sign-in to an account, and revoke its sessions and tokens at once',
    (app, account) => app.suspension.suspend(account.id, by),
    'is suspended and signed out everywhere',
  )
  change(
    'reinstate',
    'Allow a suspended account to sign in again',
    (app, account) => app.suspension.reinstate(account.id, by),
    'can sign in again',
  )
  change(
    'sign-out',
    'Revoke all sessions and tokens of an account',
    (app, account) => app.signOut.of(account, by),
    'is signed out everywhere',
  )
  change(
    'unlock',
    'Reset the attempt limits of an account after too many wrong passwords or codes',
    (app, account) => app.throttledVerification.unlock(account, by),
    'can try again',
  )

  function change(
    name: string,
    description: string,
    make: (app: App, account: Account) => Promise<unknown>,
    outcome: string,
  ): void {
    accounts.verb(`${name} <account>`, description, 'ada@example.com').runOnAccount(async ({ app, out }, account) => {
      await make(app, account)
      out.done(account, `${account.email} ${outcome}.`)
    })
  }
}

/** Makes the link with which an administrator acts as a person, and lists when that was done. */
export function impersonationCommands(accounts: Verb): void {
  accounts
    .verb(
      'impersonations <account>',
      'List when administrators acted as a person, and why, newest first',
      'ada@example.com',
      'ada@example.com --json',
    )
    .run(async ({ app, out }, id: string) => {
      const account = await app.accounts.find(id)
      const all = await app.impersonations.list(account)
      const columns = ['openedAt', 'startedAt', 'endedAt', 'administrator', 'reason', 'id']
      const summaries = all.map(each => each.summary())
      out.table(summaries, columns, `No administrator has acted as ${account.email}.`)
    })

  accounts
    .verb(
      'impersonate <account>',
      'Print a one-time link with which an administrator acts as a person for some minutes, for support; the person is emailed',
      'ada@example.com --by olga@example.com --reason "Ticket 4711: the invoice page is empty"',
      'ada@example.com --by olga@example.com --reason "Ticket 4711: the invoice page is empty" --minutes 30 --json',
    )
    .requiredOption('--by <administrator>', 'The administrator who will use the link; needs accounts:impersonate')
    .requiredOption('--reason <text>', 'Why, in 10 to 500 characters; the person reads it')
    .option('--minutes <number>', 'How long the session lasts at most, 1 to 60', count, DEFAULT_MINUTES)
    .run(async ({ app, out }, id: string, options: { by: string; reason: string; minutes: number }) => {
      const [account, administrator] = [await app.accounts.find(id), await app.accounts.find(options.by)]
      const { reason, minutes } = options
      const { token, expiresAt } = await app.impersonations.open(account, { administrator, reason, minutes }, by)
      const url = `${app.config.issuer}/impersonation/${token}`
      const how = `Only ${administrator.email} can use it: once, within 5 minutes, with a second factor.`
      out.done({ account: account.id, administrator: administrator.id, url, expiresAt }, `${how}\n\n  ${url}`)
    })
}

/** Removes second factors. Only the owner of the account can add them. */
export function factorCommands(accounts: Verb): void {
  accounts
    .verb(
      'reset-factors <account>',
      'Remove all second factors of an account whose owner has lost them, and notify the owner by email',
      'ada@example.com',
    )
    .confirmed()
    .runOnAccount(async ({ app, out, confirm }, account) => {
      const held = factorNames(await app.secondFactors.of(account))
      const question = `Have you verified that ${account.email} made this request? Remove ${held.join(', ')}?`
      if (held.length > 0) await confirm(question)
      await app.factorResets.now(account, by)
      const hint = (await app.passwords.changedAt(account))
        ? ''
        : `\nThe account has no password. To set one: gatehouse recover ${account.email}`
      out.done({ ...account.summary(), removed: held }, `Removed from ${account.email}: ${held.join(', ')}.${hint}`)
    })
}

/** `authenticator app`, `2 passkeys`, `9 recovery codes`. */
export function factorNames({ totp, passkeys, recoveryCodes }: HeldSecondFactors): string[] {
  const counted = (count: number, name: string) => (count > 0 ? [`${count} ${name}${count === 1 ? '' : 's'}`] : [])
  return [
    ...(totp ? ['authenticator app'] : []),
    ...counted(passkeys, 'passkey'),
    ...counted(recoveryCodes, 'recovery code'),
  ]
}
