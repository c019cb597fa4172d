import type { Health } from '../../ops/health.ts'
import type { Context, Handler } from '../kit/context.ts'

/** /healthz: the process answers. Nothing here tells a stranger more than yes or no. */
export const alive: Handler = async ctx => {
  exactly('/healthz', ctx)
  ctx.body = { status: 'ok' }
  ctx.set('Cache-Control', 'no-store')
}

/** /readyz: send it requests, or do not. */
export function ready(health: Health): Handler {
  return async ctx => {
    exactly('/readyz', ctx)
    const { ready: yes, checks, failures, warnings } = await health.check()
    ctx.status = yes ? 200 : 503
    ctx.body = { status: yes ? 'ready' : 'not ready', checks, ...some({ failures }), ...some({ warnings }) }
    ctx.set('Cache-Control', 'no-store')
  }
}

/** What is well is not mentioned. */
function some(named: Record<string, object>): object {
  return Object.values(named).every(things => Object.keys(things).length > 0) ? named : {}
}

/** Proxies keep these two addresses from strangers, and no other spelling of them: it counts what was sent. */
function exactly(path: string, ctx: Context): void {
  const [sent] = ctx.originalUrl.split('?')
  if (sent !== path && sent !== `${ctx.mountPath ?? ''}${path}`) ctx.throw(404)
}
