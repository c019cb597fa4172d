import { STATUS_CODES } from 'node:http'
import type { App } from '../../app.ts'
import type { Explanation, RequestNotes } from '../../requests/refused-request.ts'
import { SentParameters } from '../../requests/sent-parameters.ts'
import { explainError } from '../kit/errors/explained-error.ts'
import type { Context, Handler } from '../kit/request/context.ts'

/** The first segments of paths whose requests may be refused before a route is chosen. Other paths are not repeated. */
const REFUSED_EARLY = /^\/(auth|request|session|interaction)(?=\/|$)/

/** Around everything else: keeps why a request was refused, for `gatehouse why`, after it is answered. */
export function keepRefusals({ refusedRequests, clock }: App): Handler {
  return async (ctx, next) => {
    await next()
    const { notes, requestId, visitor } = ctx.state
    const refused = ctx.status >= 400 || notes.error !== undefined || notes.explanation !== undefined
    const route = refused ? routeOf(ctx) : null
    if (route === null) return
    const { method, status } = ctx
    const answered = { at: clock.now().toISOString(), method, route, status }
    refusedRequests.keep(requestId, visitor.ip, async () => ({ ...answered, ...(await explained(ctx, status)) }))
  }
}

async function explained(ctx: Context, status: number) {
  const { notes } = ctx.state
  const { error, problem, expected, fix } = await explanationOf(notes, status)
  const { client = null, account = null } = notes
  const sent = new SentParameters(parametersOf(ctx), ctx.get('authorization'), notes.body)
  return {
    error: sent.clean(error),
    problem: sent.clean(problem),
    expected: expected.map(each => sent.clean(each)),
    fix: fix && sent.clean(fix),
    client,
    account,
    // Another client ID than that of the client that was found may be a secret in the wrong place.
    sent: sent.shown.filter(({ name, value }) => name !== 'client_id' || client === null || value === client),
    others: sent.others,
  }
}

async function explanationOf(notes: RequestNotes, status: number): Promise<Explanation> {
  if (notes.explanation) return notes.explanation
  if (notes.error !== undefined) return explainError(notes.error)
  return { error: `http_${status}`, problem: STATUS_CODES[status] ?? 'refused', expected: [], fix: null }
}

/** The pattern of the path; null for a path that does not exist, since anyone may ask for anything. */
function routeOf(ctx: Context): string | null {
  const { _matchedRoute: matched } = ctx as { _matchedRoute?: unknown }
  if (typeof matched === 'string') return matched
  const [early] = REFUSED_EARLY.exec(ctx.path) ?? []
  if (early === undefined || ctx.status === 404) return null
  return ctx.path === early ? early : `${early}/…`
}

/** From the address, a form of ours, or the body of a protocol request. */
function parametersOf(ctx: Context): [name: string, value: string][] {
  const { oidc } = ctx as unknown as { oidc?: { body?: Record<string, unknown> } }
  const given = [
    ...Object.entries(ctx.query),
    ...(ctx.state.form ?? new URLSearchParams()),
    ...Object.entries(oidc?.body ?? {}),
  ]
  return given.flatMap(([name, values]) => [values].flat().map(value => [name, String(value)] as [string, string]))
}
