import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { App } from '../../app.ts'
import type { State } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import { Callback } from './callback.ts'
import { UpstreamSignOuts } from './sign-out.ts'

/** Where upstream providers send browsers back to, and speak to us. */
export function federationRoutes({ app, forms }: { app: App; forms: Forms }): Router<State, DefaultContext> {
  const router = new Router<State, DefaultContext>({ sensitive: true, prefix: '/federation/:name' })
  const callback = new Callback({ app, forms })
  const signOuts = new UpstreamSignOuts({ app })

  router.get('/callback', callback.arrived)
  router.post('/callback', forms.read, callback.posted)
  router.get('/signed-out', signOuts.back)
  router.post('/backchannel-logout', forms.read, signOuts.told)
  return router
}
