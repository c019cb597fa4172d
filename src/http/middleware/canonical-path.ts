import type { Handler } from '../kit/request/context.ts'

/**
 * Gives each path one spelling. Our router and the library's also accept a trailing slash, but what checks the path before
 * them, such as a rate limit or the origin check of forms, would not recognise it. Trailing slashes are removed for GET and
 * HEAD, since a person may type one; any other method gets 404.
 */
export const oneSpelling: Handler = (ctx, next) => {
  let end = ctx.path.length
  while (end > 1 && ctx.path[end - 1] === '/') end -= 1
  if (end === ctx.path.length) return next()
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') ctx.throw(404)
  ctx.path = ctx.path.slice(0, end)
  return next()
}

/** Protocol paths have no capitals except in the id of an interaction, but the library's router ignores case. */
const LOWER_CASE = /^(?:[^A-Z]*|\/auth\/[^/]+)$/

export const lowerCase: Handler = (ctx, next) => (LOWER_CASE.test(ctx.path) ? next() : ctx.throw(404))
