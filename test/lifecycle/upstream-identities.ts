import { randomUUID } from 'node:crypto'
import { operator } from '../../src/base/actor.ts'
import type { AuthenticationResult } from '../../src/federation/protocol/authentication-result.ts'
import type { Claims } from '../../src/federation/providers/claim-mapping.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import type { ProviderPolicy } from '../../src/federation/providers/policy.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

export const TOKENS = {
  accessToken: 'upstream-access',
  refreshToken: 'upstream-refresh',
  expiresAt: null,
  scope: 'openid',
}

/** A person at an upstream provider. */
export interface UpstreamUser {
  sub: string
  email: string
  email_verified: boolean
  name: string
  [claim: string]: unknown
}

/** Upstream providers and the claims they send, given to the account matching without any redirects. */
export class UpstreamIdentities {
  readonly gatehouse: Gatehouse
  readonly testAccounts: TestAccounts

  constructor(gatehouse: Gatehouse) {
    this.gatehouse = gatehouse
    this.testAccounts = new TestAccounts(gatehouse)
  }

  get app() {
    return this.gatehouse.app
  }

  provider(
    policy: Partial<ProviderPolicy> = {},
    definition: Partial<ProviderDefinition> = {},
  ): Promise<IdentityProvider> {
    const name = `up-${randomUUID().slice(0, 8)}`
    const issuer = `https://${name}.example`
    const given = {
      kind: 'oidc' as const,
      name,
      title: `Upstream ${name}`,
      issuer,
      clientId: 'gatehouse',
      ...definition,
    }
    return this.app.scope(() => this.app.identityProviders.register({ ...given, policy }, { by: operator }))
  }

  upstreamUser(claims: Partial<UpstreamUser> = {}): UpstreamUser {
    const email = this.testAccounts.fresh('ada')
    return { sub: randomUUID(), email, email_verified: true, name: 'Ada Lovelace', ...claims }
  }

  /** The key of a sign-in: its interaction and browser. */
  place(): string {
    return `${randomUUID()}.${randomUUID()}`
  }

  receive(
    provider: IdentityProvider,
    claims: Claims,
    { place = this.place(), browser = 'browser', app = this.app } = {},
  ) {
    const circumstances = { by: stranger(), locale: 'en' as const, target: 'an-application', browser }
    return app.scope(() => app.accountMatching.match(place, provider, answer(claims), circumstances))
  }

  registerWithEmail(place: string, typed: { email: string; name?: string | null }, { browser = 'browser' } = {}) {
    const circumstances = { by: stranger(), locale: 'en' as const, browser }
    return this.app.scope(() =>
      this.app.accountMatching.registerWithEmail(place, { name: null, ...typed }, circumstances),
    )
  }

  /** Links the pending identity, as the end of a sign-in does. */
  linkPending(place: string, id: string) {
    return this.testAccounts.with(id, account => this.app.linking.linkPending(place, account, { by: stranger() }))
  }

  connect(id: string, provider: IdentityProvider, claims: Claims) {
    return this.testAccounts.with(id, account =>
      this.app.linking.connect(account, provider, answer(claims), { by: stranger() }),
    )
  }

  disconnect(id: string, link: string, { app }: Pick<Gatehouse, 'app'> = this.gatehouse) {
    return app.scope(async () => app.linking.disconnect(await app.accounts.find(id), link, { by: stranger() }))
  }

  takeOver(place: string, { app }: Pick<Gatehouse, 'app'> = this.gatehouse) {
    return app.scope(() => app.accountTakeover.complete(place, { by: stranger(), locale: 'en' }))
  }

  /** The subjects that are linked to an account. */
  async connected(id: string): Promise<string[]> {
    return (await this.app.scope(() => this.app.identityLinks.of(id))).map(({ subject }) => subject)
  }

  /** Why sign-ins were refused, newest first. */
  async refused(id: string): Promise<(string | null | undefined)[]> {
    const events = await this.app.scope(() => this.app.audit.of(id, { kinds: ['sign-in.refused'] }))
    return events.map(({ reason }) => reason)
  }

  roles(id: string): Promise<string[]> {
    return this.testAccounts.with(id, account => this.app.assignments.rolesOf(account))
  }
}

export function answer(claims: Claims): AuthenticationResult {
  return { claims, idToken: null, sid: null, tokens: TOKENS }
}
