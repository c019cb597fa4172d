import type { Account } from '../../accounts/account.ts'
import { AuditEvent } from '../../audit/event.ts'
import type { Needs } from '../../base/nouns.ts'
import { FormerPassword } from '../../credentials/passwords/password.ts'
import { RecoveryCode } from '../../credentials/recovery-codes/recovery-code.ts'
import { Totp } from '../../credentials/totp/totp.ts'
import { Consent } from '../../grants/consent.ts'
import { OneTimeLink } from '../../links/one-time-link.ts'
import { Assignment } from '../../roles/role.ts'
import { FactorReset } from '../second-factors/factor-reset.ts'

/** Maps each table that refers to accounts to its part of the export; a test compares it with the database. */
export const TOLD = {
  account: 'account',
  password: 'password',
  former_password: 'password',
  passkey: 'passkeys',
  assignment: 'roles',
  consent: 'consents',
  one_time_link: 'links',
  known_browser: 'devices',
  totp: 'factors',
  factor_reset: 'factors',
  recovery_code: 'factors',
  identity_link: 'connections',
  username: 'usernames',
  audit_event: 'history',
  artifact: 'sessions',
  revocation: 'history',
} as const

/** Exports everything stored about a person as JSON: their data, history and sessions. It never contains secrets. */
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
    const reset = await this.#app.em.findOne(FactorReset, { account })
    const codes = await this.#app.em.find(RecoveryCode, { account }, { orderBy: { usedAt: 'asc' } })
    const connections = await this.#app.identityLinks.of(account)
    return {
      account: {
        ...account.summary(),
        pendingSince: account.pendingSince ?? null,
        signedOutAt: account.signedOutAt ?? null,
        profileUpdatedAt: account.profileUpdatedAt ?? null,
      },
      profile: this.#app.profiles.of(account),
      usernames: await this.#app.usernames.list(account),
      password: {
        changedAt: await this.#app.passwords.changedAt(account),
        former: former.map(({ setAt, replacedAt }) => ({ setAt, replacedAt })),
      },
      passkeys: passkeys.map(({ name, synced, transports, aaguid, createdAt, lastUsedAt }) => ({
        name,
        synced,
        transports,
        aaguid,
        createdAt,
        lastUsedAt: lastUsedAt ?? null,
      })),
      roles: roles.map(({ role, givenAt }) => ({ role: role.name, givenAt })),
      consents: consents.map(({ client, scopes, claims, resources, givenAt }) => ({
        client: client.id,
        name: client.name,
        scopes,
        claims,
        resources,
        givenAt,
      })),
      sessions: await this.#app.sessions.of(id),
      grants: await this.#app.grants.of(id),
      devices: devices.map(({ firstSeenAt, seenAt, trustedAt, trustedUntil, userAgent }) => ({
        firstSeenAt,
        seenAt,
        trustedAt: trustedAt ?? null,
        trustedUntil: trustedUntil ?? null,
        userAgent: userAgent ?? null,
      })),
      factors: {
        authenticatorApp: totp ? { addedAt: totp.addedAt, lastUsedAt: totp.lastUsedAt ?? null } : null,
        recoveryCodes: codes.map(({ madeAt, usedAt }) => ({ madeAt, usedAt: usedAt ?? null })),
        reset: reset ? { askedAt: reset.askedAt, dueAt: reset.dueAt } : null,
      },
      connections: connections.map(link => {
        const { id: _, ...told } = link.summary()
        return { ...told, subject: link.subject, tokensKept: link.sealedTokens != null }
      }),
      links: links.map(({ purpose, address, createdAt, expiresAt, usedAt }) => ({
        purpose,
        address: address ?? null,
        createdAt,
        expiresAt,
        usedAt: usedAt ?? null,
      })),
      history: history.map(event => event.summary()),
    }
  }
}
