import type { App } from '../../app.ts'
import type { Context } from '../kit/context.ts'

/** How a way through a provider can end; each is a sentence on a page of ours. What the provider itself says is never shown. */
const PROBLEMS = [
  'cancelled',
  'unavailable',
  'broken',
  'closed',
  'refused',
  'stale',
  'untold',
  'domain',
  'registration-closed',
  'address-taken',
] as const

export type UpstreamProblem = (typeof PROBLEMS)[number]

/** To be added to the address of the page that says it. */
export function problemQuery(problem: UpstreamProblem, provider?: { name: string } | null): string {
  return `?${new URLSearchParams({ upstream: problem, ...(provider && { provider: provider.name }) })}`
}

/** What the address of a page says, if it is one of ours; with the title of a provider that is offered. */
export async function problemIn(
  ctx: Context,
  { identityProviders }: Pick<App, 'identityProviders'>,
): Promise<{ problem: UpstreamProblem; title: string | null } | null> {
  const problem = PROBLEMS.find(each => each === ctx.query.upstream)
  if (!problem) return null
  const { provider } = ctx.query
  const offered = typeof provider === 'string' ? await identityProviders.offering(provider) : null
  return { problem, title: offered?.title ?? null }
}
