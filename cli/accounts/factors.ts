import { operator } from '../../src/base/actor.ts'
import type { HeldFactors } from '../../src/credentials/factors.ts'
import { confirm } from '../prompts.ts'
import type { Verb } from '../verb.ts'
import { type Session, withApp } from '../with-app.ts'

/** What people have beside their password; adding it is theirs alone. */
export function factorCommands(accounts: Verb, session: Session): void {
  accounts
    .command('reset-factors <account>')
    .description('remove all second factors of a person who has lost them; a letter tells the person')
    .option('--yes', 'do not ask')
    .example('accounts reset-factors ada@example.com')
    .action(
      withApp(session, async ({ app, io, out }, idOrEmail: string, options: { yes?: true }) => {
        const account = await app.accounts.find(idOrEmail)
        const held = factorNames(await app.factors.of(account))
        if (held.length > 0) {
          const whose = `Make sure that it is really ${account.email} who asks.`
          await confirm(io, `${whose} Remove ${held.join(', ')} of this account?`, options)
        }
        await app.factorResets.now(account, { by: operator })
        const hint = (await app.passwords.since(account))
          ? ''
          : ' There is no password: gatehouse recover makes a link.'
        out.done({ ...account.summary(), removed: held }, `Removed ${held.join(', ')} of ${account.email}.${hint}`)
      }),
    )
}

/** `authenticator app`, `2 passkeys`, `9 recovery codes`. */
export function factorNames({ totp, passkeys, recoveryCodes }: HeldFactors): string[] {
  const counted = (count: number, name: string) => (count > 0 ? [`${count} ${name}${count === 1 ? '' : 's'}`] : [])
  return [
    ...(totp ? ['authenticator app'] : []),
    ...counted(passkeys, 'passkey'),
    ...counted(recoveryCodes, 'recovery code'),
  ]
}
