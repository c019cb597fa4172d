import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import { type PageParts, PageRequest } from '../kit/pages/page-request.ts'
import type { Handler, State } from '../kit/request/context.ts'
import { callback, callbackPosted } from './callback.ts'
import { backChannelLogout, signedOut } from './logout-endpoints.ts'

/** The endpoints for upstream providers: redirect URIs and back-channel logout. */
export function federationRoutes(parts: PageParts): Router<State, DefaultContext> {
  const router = new Router<State, DefaultContext>({ sensitive: true, prefix: '/federation/:name' })
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
