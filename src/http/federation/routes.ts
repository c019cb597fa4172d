import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import { createRoutes, type Handler, type Routes } from '../kit/request/context.ts'
import { callback, callbackPosted } from './callback.ts'
import { backChannelLogout, signedOut } from './logout-endpoints.ts'

/** The endpoints for upstream providers: redirect URIs and back-channel logout. */
export function federationRoutes(parts: PageParts): Routes {
  const router = createRoutes('/federation/:name')
  const at =
    (handle: (request: PageRequest) => Promise<void> | void): Handler =>
    ctx =>
      handle(new PageRequest(parts, ctx))

  router.get('/callback', at(callback))
  router.post('/callback', parts.forms.read, at(callbackPosted))
  router.get('/signed-out', at(signedOut))
  router.post('/backchannel-logout', parts.forms.read, at(backChannelLogout))
  return router
}
