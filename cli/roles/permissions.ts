import { InvalidArgumentError } from 'commander'
import {
  ADMIN_PERMISSIONS,
  ALL_PERMISSIONS,
  describePermission,
  isPermission,
  type Permission,
  SUPERUSER_PERMISSIONS,
} from '../../src/clients/permissions.ts'
import { createOperatorToken } from '../../src/oidc/bearer/operator-tokens.ts'
import { duration } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

/** What roles and machines may do at Gatehouse itself, and access tokens for it. */
export function permissionCommands(program: Verb): void {
  program
    .verb('permissions', 'List what can be permitted at Gatehouse itself, and which built-in roles permit it', '--json')
    .runPlain(({ out }) => {
      const listed = ALL_PERMISSIONS.map(name => ({
        name,
        description: describePermission(name),
        roles: ADMIN_PERMISSIONS.includes(name) ? ['superuser', 'admin'] : ['superuser'],
        superuserOnly: SUPERUSER_PERMISSIONS.includes(name),
      }))
      out.table(listed, ['name', 'description', 'roles'], 'There are no permissions.')
    })

  program
    .verb(
      'access-token <account>',
      'Print an access token for the API, in the name of an administrator',
      'ada@example.com',
      'ada@example.com --permission accounts:read --permission accounts:suspend --ttl 15m',
    )
    .option('--permission <permission>', 'Only this permission, instead of all of the account; repeatable', permissions)
    .option('--ttl <duration>', 'How long it works, at most 12h', duration, 3600)
    .runOnAccount(async ({ app, out }, account, { permission, ttl }: { permission?: Permission[]; ttl: number }) => {
      const token = await createOperatorToken(app, account, { permissions: permission, ttl })
      out.text(token, `${token.accessToken}\n`)
    })
}

/** A permission, repeatable. */
export function permissions(text: string, before: Permission[] = []): Permission[] {
  if (isPermission(text)) return [...before, text]
  throw new InvalidArgumentError('There is no such permission; gatehouse permissions lists all.')
}
