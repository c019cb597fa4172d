import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Usernames } from '../accounts/usernames.ts'
import { AuditEvent } from '../audit/event.ts'
import type { Devices } from '../credentials/devices.ts'
import { FormerPassword } from '../credentials/former-password.ts'
import { OneTimeLink } from '../credentials/one-time-link.ts'
import type { Passkeys } from '../credentials/passkeys.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { RecoveryCode } from '../credentials/recovery-code.ts'
import { Totp } from '../credentials/totp.ts'
import type { IdentityLinks } from '../federation/identity-links.ts'
import { Assignment } from '../roles/role.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { Consent } from '../tokens/consent.ts'
import type { Grants } from '../tokens/grants.ts'
import { FactorReset } from './factor-reset.ts'
import type { Profiles } from './profiles.ts'

/** Which part of the export tells of which table that knows accounts; a test compares it with the database. */
export const TOLD = {
  account: 'account',
  password: 'password',
  former_password: 'password',
  passkey: 'passkeys',
  assignment: 'roles',
  consent: 'consents',
  one_time_link: 'links',
  device: 'devices',
  totp: 'factors',
  factor_reset: 'factors',
  recovery_code: 'factors',
  identity_link: 'connections',
  username: 'usernames',
  audit_event: 'history',
  artifact: 'sessions',
  ended: 'history',
} as const

/** Everything held about a person, as JSON: what they told, what happened, where they are signed in. Never a secret. */
export class Export {
  readonly #em: EntityManager
  readonly #usernames: Usernames
  readonly #passwords: Passwords
  readonly #passkeys: Passkeys
  readonly #profiles: Profiles
  readonly #devices: Devices
  readonly #sessions: Sessions
  readonly #grants: Grants
  readonly #identityLinks: IdentityLinks

  constructor({
    em,
    usernames,
    passwords,
    passkeys,
    profiles,
    devices,
    sessions,
    grants,
    identityLinks,
  }: {
    em: EntityManager
    usernames: Usernames
    passwords: Passwords
    passkeys: Passkeys
    profiles: Profiles
    devices: Devices
    sessions: Sessions
    grants: Grants
    identityLinks: IdentityLinks
  }) {
    this.#em = em
    this.#usernames = usernames
    this.#passwords = passwords
    this.#passkeys = passkeys
    this.#profiles = profiles
    this.#devices = devices
    this.#sessions = sessions
    this.#grants = grants
    this.#identityLinks = identityLinks
  }

  async of(account: Account) {
    const { id } = account
    const consents = await this.#em.find(Consent, { account }, { populate: ['client'], orderBy: { givenAt: 'asc' } })
    const roles = await this.#em.find(Assignment, { account }, { orderBy: { givenAt: 'asc' } })
    const links = await this.#em.find(OneTimeLink, { account }, { orderBy: { createdAt: 'asc' } })
    const events = { $or: [{ subject: id }, { actorKind: 'account' as const, actorId: id }] }
    const history = await this.#em.find(AuditEvent, events, { orderBy: { id: 'asc' } })
    const passkeys = await this.#passkeys.of(account)
    const devices = await this.#devices.of(account)
    const totp = await this.#em.findOne(Totp, { account })
    const former = await this.#em.find(FormerPassword, { account }, { orderBy: { replacedAt: 'asc' } })
    const reset = await this.#em.findOne(FactorReset, { account })
    const codes = await this.#em.find(RecoveryCode, { account }, { orderBy: { usedAt: 'asc' } })
    const connections = await this.#identityLinks.of(account)
    return {
      account: {
        ...account.summary(),
        pendingSince: account.pendingSince ?? null,
        signedOutAt: account.signedOutAt ?? null,
        profileUpdatedAt: account.profileUpdatedAt ?? null,
      },
      profile: this.#profiles.of(account),
      usernames: await this.#usernames.of(account),
      password: {
        changedAt: await this.#passwords.since(account),
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
      sessions: await this.#sessions.of(id),
      grants: await this.#grants.of(id),
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
