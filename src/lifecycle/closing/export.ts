import type { Account } from '../../accounts/account.ts'
import { AuditEvent } from '../../audit/event.ts'
import type { Needs } from '../../base/nouns.ts'
import { FormerPassword } from '../../credentials/passwords/password.ts'
import { RecoveryCode } from '../../credentials/recovery-codes/recovery-code.ts'
import { Totp } from '../../credentials/totp/totp.ts'
import { Consent } from '../../grants/consent.ts'
import { OneTimeLink } from '../../links/one-time-link.ts'
import { Assignment } from '../../roles/assignment.ts'
import { Impersonation } from '../impersonation/impersonation.ts'
import { FactorReset } from '../second-factors/factor-reset.ts'

/**
 * Exports everything stored about a person as JSON: their data, history and sessions. It never contains secrets. A test
 * compares it with the tables that refer to accounts.
 */
export class Export {
  readonly #app

  constructor(
    app: Needs<
      | 'em'
      | 'usernames'
      | 'passwords'
      | 'passkeys'
      | 'profiles'
      | 'knownBrowsers'
      | 'sessions'
      | 'grants'
      | 'identityLinks'
    >,
  ) {
    this.#app = app
  }

  async of(account: Account) {
    const { id } = account
    const consents = await this.#app.em.find(
      Consent,
      { account },
      { populate: ['client'], orderBy: { givenAt: 'asc' } },
    )
    const roles = await this.#app.em.find(Assignment, { account }, { orderBy: { givenAt: 'asc' } })
    const links = await this.#app.em.find(OneTimeLink, { account }, { orderBy: { createdAt: 'asc' } })
    const events = { $or: [{ subject: id }, { actorKind: 'account' as const, actorId: id }] }
    const history = await this.#app.em.find(AuditEvent, events, { orderBy: { id: 'asc' } })
    const passkeys = await this.#app.passkeys.of(account)
    const devices = await this.#app.knownBrowsers.of(account)
    const totp = await this.#app.em.findOne(Totp, { account })
    const former = await this.#app.em.find(FormerPassword, { account }, { orderBy: { replacedAt: 'asc' } })
    const impersonations = await this.#app.em.find(Impersonation, { account }, { orderBy: { openedAt: 'asc' } })
    const reset = await this.#app.em.findOne(FactorReset, { account })
    const codes = await this.#app.em.find(RecoveryCode, { account }, { orderBy: { usedAt: 'asc' } })
    const connections = await this.#app.identityLinks.of(account)
    return {
      account: { ...account.summary(), ...pick([account], 'pendingSince', 'signedOutAt', 'profileUpdatedAt')[0] },
      profile: this.#app.profiles.of(account),
      usernames: await this.#app.usernames.list(account),
      password: {
        changedAt: await this.#app.passwords.changedAt(account),
        former: pick(former, 'setAt', 'replacedAt'),
      },
      passkeys: pick(passkeys, 'name', 'synced', 'transports', 'aaguid', 'createdAt', 'lastUsedAt'),
      roles: roles.map(each => each.summary()),
      consents: consents.map(consent => {
        const { id: client, name } = consent.client
        return { client, name, ...pick([consent], 'scopes', 'claims', 'resources', 'givenAt')[0] }
      }),
      sessions: await this.#app.sessions.of(id),
      grants: await this.#app.grants.of(id),
      devices: pick(devices, 'firstSeenAt', 'seenAt', 'trustedAt', 'trustedUntil', 'userAgent'),
      factors: {
        authenticatorApp: totp && pick([totp], 'addedAt', 'lastUsedAt')[0],
        recoveryCodes: pick(codes, 'madeAt', 'usedAt'),
        reset: reset && pick([reset], 'askedAt', 'dueAt')[0],
      },
      connections: connections.map(link => {
        const { id: _, ...summary } = link.summary()
        return { ...summary, subject: link.subject, tokensKept: link.sealedTokens != null }
      }),
      impersonations: pick(impersonations, 'administratorId', 'reason', 'openedAt', 'startedAt', 'endsAt', 'endedAt'),
      links: pick(links, 'purpose', 'address', 'createdAt', 'expiresAt', 'usedAt'),
      history: history.map(event => event.summary()),
    }
  }
}

/** The named properties of each row; null for those without a value. */
function pick<T, K extends keyof T>(rows: readonly T[], ...names: K[]): Record<K, unknown>[] {
  return rows.map(row => Object.fromEntries(names.map(name => [name, row[name] ?? null])) as Record<K, unknown>)
}
