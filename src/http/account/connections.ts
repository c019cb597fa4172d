import type { Account } from '../../accounts/account.ts'
import { Conflict, Forbidden, InvalidInput } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import { LANDING } from '../../federation/landings.ts'
import { UpstreamFailure } from '../../federation/upstreams.ts'
import { UpstreamRefused } from '../../lifecycle/upstream-refused.ts'
import { network } from '../../limits/limits.ts'
import type { Context } from '../context.ts'
import { problemIn } from '../federation/problems.ts'
import { providerView } from '../interaction/providers.ts'
import type { Visit } from './door.ts'
import type { ConnectionProblem } from './page-data.ts'
import type { AccountParts } from './parts.ts'
import type { Again } from './section.ts'

/** How the way there and back can fail; the callback sends whoever set out here to this page. */
const ON_THE_WAY: readonly ConnectionProblem[] = ['cancelled', 'unavailable', 'broken', 'closed']

/** Accounts at upstream providers: connecting one, and parting from it. */
export class ConnectionsSection {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async view(ctx: Context, account: Account) {
    const { app } = this.#parts
    const links = await app.identityLinks.of(account)
    const { passkeys, connections } = await app.waysIn.of(account)
    const told = await problemIn(ctx, app)
    const code = ON_THE_WAY.find(each => each === told?.problem) ?? null
    return {
      connections: links.map(({ id, provider, email, createdAt, lastUsedAt }) => ({
        ...providerView(provider),
        id,
        email: email ?? null,
        createdAt,
        lastUsedAt: lastUsedAt ?? null,
        open: provider.enabled,
      })),
      connectable: (await app.identityProviders.offered()).map(providerView),
      connectionProblem: code && { id: null, code, provider: told?.title ?? null },
      passwordRemovable: passkeys > 0 || connections > 0,
    }
  }

  /** Answered with a page that leads on, as in interaction/leaving.ts, and for the same reason. */
  async connect(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, forms, show } = this.#parts
    const provider = await app.identityProviders.offering(ctx.state.form.get('provider') ?? '')
    if (!provider) return this.#problem(ctx, again, 404, { code: 'closed' })
    await app.limits.upstreamByAddress.take(network(ctx.state.visitor.ip))
    const destination = { to: 'account', accountId: visit.person.id } as const
    const trip = await app.trips.begin(provider, destination, forms.acquainted(ctx))
    try {
      const url = await app.upstreams.begin(provider, trip)
      show(ctx, 'interaction/onward', { provider: providerView(provider), url: url.href })
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      await this.#problem(ctx, again, error.status, { code: error.problem, provider })
    }
  }

  /** Back from the provider. What came back is for the person and the browser that set out, and for nobody else. */
  async arrived(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, forms, frame } = this.#parts
    const browser = forms.browser(ctx)
    const landing = browser && (await app.kept.take(LANDING, `account.${visit.person.id}.${browser}`))
    if (!landing) return this.#problem(ctx, again, 404, { code: 'gone' })
    const provider = await app.identityProviders.offering(landing.providerId)
    if (!provider) return this.#problem(ctx, again, 404, { code: 'closed' })
    try {
      const account = await app.accounts.find(visit.person.id)
      await app.linking.connect(account, provider, landing.answer, { by: frame.actor(ctx, visit) })
    } catch (error) {
      const problem = problemOf(error)
      if (!problem) throw error
      return this.#problem(ctx, again, problem.status, { code: problem.code, provider })
    }
    await app.limits.upstreamByAddress.giveBack(network(ctx.state.visitor.ip))
    frame.back(ctx, 'security', 'connected')
  }

  async disconnect(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const id = ctx.state.form.get('id') ?? ''
    try {
      const account = await app.accounts.find(visit.person.id)
      await app.linking.disconnect(account, id, { by: frame.actor(ctx, visit) })
      frame.back(ctx, 'security', 'disconnected')
    } catch (error) {
      if (!(error instanceof Forbidden && error.code === 'last_way_in')) throw error
      await this.#problem(ctx, again, error.status, { id, code: 'last-way-in' })
    }
  }

  /** @param problem `id`: of the connection that it is about; left out: the one that was to be made */
  async #problem(
    ctx: Context,
    again: Again,
    status: number,
    { id = null, code, provider }: { id?: string | null; code: ConnectionProblem; provider?: IdentityProvider },
  ): Promise<void> {
    ctx.status = status
    await again({ connectionProblem: { id, code, provider: provider?.title ?? null } })
  }
}

function problemOf(error: unknown): { status: number; code: ConnectionProblem } | null {
  if (error instanceof Conflict) return { status: error.status, code: 'taken' }
  if (error instanceof InvalidInput) return { status: 502, code: 'broken' }
  if (!(error instanceof UpstreamRefused)) return null
  return { status: error.status, code: error.code === 'domain' ? 'domain' : 'closed' }
}
