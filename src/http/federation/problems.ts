import type { App } from '../../app.ts'
import type { Context } from '../kit/request/context.ts'

/** How an upstream request can fail. Each has a text on our pages; error texts of the provider are never shown. */
const PROBLEMS = [
  'cancelled',
  'unavailable',
  'broken',
  'closed',
  'refused',
  'stale',
  'no-auth-time',
  'domain',
  'registration-closed',
  'address-taken',
] as const

export type UpstreamProblem = (typeof PROBLEMS)[number]

/** The query to add to the URL of the page that shows the problem. */
export function problemQuery(problem: UpstreamProblem, provider?: { name: string } | null): string {
  return `?${new URLSearchParams({ upstream: problem, ...(provider && { provider: provider.name }) })}`
}

/** The problem in the URL of a page, with the title of its provider; null if there is no known one. */
export async function problemIn(
  ctx: Context,
  { identityProviders }: Pick<App, 'identityProviders'>,
): Promise<{ problem: UpstreamProblem; title: string | null } | null> {
  const problem = PROBLEMS.find(each => each === ctx.query.upstream)
  if (!problem) return null
  const { provider } = ctx.query
  const offered = typeof provider === 'string' ? await identityProviders.findEnabled(provider) : null
  return { problem, title: offered?.title ?? null }
}
