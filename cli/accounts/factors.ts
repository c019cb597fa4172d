import { operator } from '../../src/base/actor.ts'
import type { HeldSecondFactors } from '../../src/credentials/second-factors.ts'
import type { Verb } from '../kit/verb.ts'

/** Second factors. Only their owner can add them. */
export function factorCommands(accounts: Verb): void {
  accounts
    .verb(
      'reset-factors <account>',
      'Remove all second factors of an account whose owner has lost them, and notify the owner by email',
      'ada@example.com',
    )
    .confirmed()
    .run(async ({ app, out, confirm }, id: string) => {
      const account = await app.accounts.find(id)
      const held = factorNames(await app.secondFactors.of(account))
      const question = `Have you verified that ${account.email} made this request? Remove ${held.join(', ')}?`
      if (held.length > 0) await confirm(question)
      await app.factorResets.now(account, { by: operator })
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
