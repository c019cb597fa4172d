import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import { operator } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { Forbidden, InvalidInput } from '../../base/refusals.ts'
import { newSecret } from '../../base/secrets.ts'
import { COMMAND_LINE_CLIENT } from '../../clients/client.ts'
import { ownApiId } from '../../clients/own-api.ts'
import type { Permission } from '../../clients/permissions.ts'

/** Seconds: a working day. */
const LONGEST = 12 * 60 * 60

interface OperatorToken {
  accessToken: string
  permissions: Permission[]
  expiresAt: Date
}

/**
 * Makes an access token for Gatehouse's own API in the name of an administrator, as an operator may: the command line can do
 * everything anyway. The records are those that the protocol library would write for a token of a client, so such a token is
 * listed and revoked like those of applications.
 * @param permissions all that the account has if absent @param ttl seconds, at most 12 hours
 * @throws Forbidden if the account is suspended, has no permission, or must verify its email; InvalidInput
 */
export async function createOperatorToken(
  app: App,
  account: Account,
  { permissions, ttl }: { permissions?: readonly Permission[] | undefined; ttl: number },
): Promise<OperatorToken> {
  if (ttl < 1 || ttl > LONGEST) throw new InvalidInput({ ttl: 'must be from 1s to 12h' })
  if (!account.active) throw new Forbidden(`${account.email} is suspended`, 'suspended')
  if (app.verification.owedBy(account))
    throw new Forbidden(`${account.email} is not verified, so its tokens are refused; see accounts verify`)
  const held = [...(await app.assignments.rightsOf(account)).permissions]
  if (held.length === 0)
    throw new Forbidden(`${account.email} has no permissions: assign a role that has some, such as admin`)
  const missing = permissions?.filter(name => !held.includes(name)) ?? []
  if (missing.length > 0) throw new InvalidInput({ permission: `${account.email} does not have ${missing.join(', ')}` })
  const granted = permissions ? [...new Set(permissions)] : held

  const iat = epoch(app.clock.now())
  const [grantId, accessToken] = [newSecret(), newSecret()]
  const [audience, scope] = [ownApiId(app.config), granted.join(' ')]
  const common = { iat, exp: iat + ttl, accountId: account.id, clientId: COMMAND_LINE_CLIENT }
  const grant = { ...common, kind: 'Grant', jti: grantId, resources: { [audience]: scope } }
  const token = {
    ...{ ...common, kind: 'AccessToken', jti: accessToken, grantId, scope, aud: audience },
    ...{ expiresWithSession: false, extra: { auth_time: iat } },
  }
  await app.audit.write('access-token.created', { by: operator, subject: account.id })
  await app.artifacts.commit([
    { do: 'put', kind: 'Grant', id: grantId, payload: grant, ttl },
    { do: 'put', kind: 'AccessToken', id: accessToken, payload: token, ttl },
  ])
  return { accessToken, permissions: granted, expiresAt: new Date((iat + ttl) * 1000) }
}
