import type { Handler } from '../kit/context.ts'

/**
 * A path has one spelling. The routers, ours and the library's, take it with a slash at its end too; what looks at it
 * before them, such as a limit or the question where a form comes from, would not know it again. A slash that a person
 * has typed is left out; no form and no program of ours sends one.
 */
export const oneSpelling: Handler = (ctx, next) => {
  let end = ctx.path.length
  while (end > 1 && ctx.path[end - 1] === '/') end -= 1
  if (end === ctx.path.length) return next()
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') ctx.throw(404)
  ctx.path = ctx.path.slice(0, end)
  return next()
}

/** No path of the protocol has capitals, but for the name of an interaction; the library's router takes any case. */
const LOWER_CASE = /^(?:[^A-Z]*|\/auth\/[^/]+)$/

export const lowerCase: Handler = (ctx, next) => (LOWER_CASE.test(ctx.path) ? next() : ctx.throw(404))
