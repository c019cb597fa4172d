import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'

/** Seconds within which the same refusal is recorded once: applications try to sign in again and again by themselves. */
const ONCE_WITHIN = 60 * 60

/** Records that a person was kept out of an application by their roles, for their history and for the operator's log. */
export async function recordRefusedAccess({ audit, clock, log, scope }: App, ctx: KoaContextWithOIDC): Promise<void> {
  const { session, client } = ctx.oidc
  const [subject, target] = [session?.accountId, client?.clientId]
  if (subject === undefined || target === undefined) return
  const { allowed_roles: allowed, denied_roles: denied } = client!
  const about = { requestId: String(ctx.state.requestId), account: subject, client: target, allowed, denied }
  log.info(about, 'a person was kept out of an application by their roles')
  await scope(async () => {
    const since = new Date(clock.now().getTime() - ONCE_WITHIN * 1000)
    const recent = (await audit.of(subject, { kinds: ['sign-in.refused'] })).filter(({ at }) => at >= since)
    if (recent.some(event => event.target === target && event.reason === 'role')) return
    const by: Actor = { ...(ctx.state.visitor as Actor), kind: 'account', id: session?.impersonation?.by ?? subject }
    await audit.write('sign-in.refused', { by, subject, target, reason: 'role' })
  })
}
