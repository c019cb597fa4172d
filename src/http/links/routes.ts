import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import { handleRoute, type Route } from '../kit/pages/route.ts'
import { type Context, createRoutes, type Routes } from '../kit/request/context.ts'
import type { StoredRequestsLimit } from '../middleware/stored-requests-limit.ts'
import { confirmRoutes } from './confirm.ts'
import { passwordResetRoutes } from './password-reset.ts'
import { setupRoutes } from './setup-page.ts'
import { undoEmailChangeRoutes } from './undo-email-change.ts'

/** Pages behind one-time links. Opening one changes nothing, since mail scanners open them too; sending the form does. */
export const ROUTES: readonly Route<PageRequest>[] = [
  ...setupRoutes,
  ...passwordResetRoutes,
  ...undoEmailChangeRoutes,
  ...confirmRoutes,
]

/** The first parts of all paths here. */
export const LINK_SEGMENTS: ReadonlySet<string> = new Set(ROUTES.map(({ path }) => path.split('/')[1]!))

export function linkRoutes(parts: PageParts, records: StoredRequestsLimit): Routes {
  const router = createRoutes()
  for (const route of ROUTES) {
    const handle = (ctx: Context) => handleRoute(route, new PageRequest(parts, ctx))
    const counted = route.leavesRecord ? [records.count] : []
    if (route.method === 'get') router.get(route.path, handle)
    else router.post(route.path, ...counted, parts.forms.read, handle)
  }
  return router
}
