import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { keyOf } from '../storage/artifacts/artifact.ts'

/**
 * The authorization that an application's codes and tokens belong to, usually within one session. They are valid only
 * while it exists.
 */
export interface GrantSummary {
  id: string
  clientId: string
  scope: string
  claims: string[]
  /** Scopes by resource indicator. */
  resources: Record<string, string>
  since: Date
  expiresAt: Date
}

/** Selects the grant with this id, those of this application, or, with neither, all grants. */
export interface GrantFilter {
  id?: string | undefined
  clientId?: string | undefined
}

export class Grants {
  readonly #app

  constructor(app: Needs<'em' | 'artifacts' | 'revocations' | 'audit'>) {
    this.#app = app
  }

  async of(accountId: string, { id, clientId }: GrantFilter = {}): Promise<GrantSummary[]> {
    const revoked = await this.#app.revocations.of(accountId)
    const listed = (await this.#app.artifacts.byAccount('Grant', accountId)).map(({ payload }) => {
      const openid = payload.openid as { scope?: string; claims?: string[] } | undefined
      return {
        id: String(payload.jti),
        clientId: String(payload.clientId),
        scope: openid?.scope ?? '',
        claims: openid?.claims ?? [],
        resources: (payload.resources ?? {}) as Record<string, string>,
        since: new Date(Number(payload.iat) * 1000),
        expiresAt: new Date(Number(payload.exp) * 1000),
      }
    })
    return listed.filter(
      grant =>
        !revoked.has(keyOf(grant.id)) &&
        (id === undefined || grant.id === id) &&
        (clientId === undefined || grant.clientId === clientId),
    )
  }

  /** All their codes and tokens stop working at once. @returns the IDs @throws NotFound if the filter finds none */
  async revoke(accountId: string, which: GrantFilter, { by }: { by: Actor }): Promise<string[]> {
    const wanted = await this.of(accountId, which)
    const { id, clientId } = which
    if (wanted.length === 0 && (id ?? clientId) !== undefined)
      throw new NotFound(
        id === undefined ? `${clientId} has no grants of this account` : `there is no grant ${JSON.stringify(id)}`,
      )
    for (const target of new Set(wanted.map(({ clientId }) => clientId)))
      this.#app.audit.record('grant.revoked', { by, subject: accountId, target })
    await this.#app.em.flush()
    return this.drop(wanted)
  }

  /** Without an audit event. @returns the ids */
  async drop(grants: readonly GrantSummary[]): Promise<string[]> {
    const ids = grants.map(({ id }) => id)
    await Promise.all(ids.map(id => this.#app.artifacts.dropGrant(id)))
    return ids
  }
}
