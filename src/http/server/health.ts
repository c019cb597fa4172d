import type { Health } from '../../ops/health.ts'
import type { Context, Handler } from '../kit/request/context.ts'

/** `/healthz` answers as long as the process runs, and reveals nothing else. */
export const healthz: Handler = async ctx => {
  exactly('/healthz', ctx)
  ctx.body = { status: 'ok' }
  ctx.set('Cache-Control', 'no-store')
}

/** `/readyz` says whether a load balancer should send requests to this process: 200 or 503. */
export function readyz(health: Health): Handler {
  return async ctx => {
    exactly('/readyz', ctx)
    const { ready, checks, failures, warnings } = await health.check()
    ctx.status = ready ? 200 : 503
    ctx.body = { status: ready ? 'ready' : 'not ready', checks, ...some({ failures }), ...some({ warnings }) }
    ctx.set('Cache-Control', 'no-store')
  }
}

/** Leaves the member out of the answer if it is empty. */
function some(named: Record<string, object>): object {
  return Object.values(named).every(things => Object.keys(things).length > 0) ? named : {}
}

/** Proxies block exactly these two paths from outside, so any other spelling of the path as it was sent gets 404. */
function exactly(path: string, ctx: Context): void {
  const [sent] = ctx.originalUrl.split('?')
  if (sent !== path && sent !== `${ctx.mountPath ?? ''}${path}`) ctx.throw(404)
}
