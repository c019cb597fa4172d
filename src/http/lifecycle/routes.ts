import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { App } from '../../app.ts'
import type { State } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Show } from '../show.ts'
import { type LinkName, LinkPages } from './links.ts'
import { Recovering } from './recovery.ts'
import { SettingUp } from './setup.ts'
import { UndoingAddress } from './undo-address.ts'

/** The links of letters, by the first part of their address. */
const LINKS: readonly LinkName[] = [
  'verify',
  'change-address',
  'panic',
  'cancel-deletion',
  'reset-factors',
  'cancel-factor-reset',
]

/** The first parts of all addresses here. */
export const LIFECYCLE_SEGMENTS: readonly string[] = ['setup', 'forgot', 'recover', 'undo-address', ...LINKS]

/** Pages behind one-time links. Opening one changes nothing, since mail scanners open them too; sending the form does. */
export function lifecycleRoutes(parts: { app: App; forms: Forms; show: Show }): Router<State, DefaultContext> {
  const router = new Router<State, DefaultContext>({ sensitive: true })
  const { accept, read } = parts.forms
  const settingUp = new SettingUp(parts)
  const recovering = new Recovering(parts)
  const undoing = new UndoingAddress(parts)
  const links = new LinkPages(parts)

  router.get('/setup/:token', ctx => settingUp.open(ctx))
  router.post('/setup/:token', accept, ctx => settingUp.submit(ctx))
  router.get('/forgot', ctx => recovering.ask(ctx))
  router.post('/forgot', accept, ctx => recovering.send(ctx))
  router.get('/recover/:token', ctx => recovering.open(ctx))
  router.post('/recover/:token', accept, ctx => recovering.submit(ctx))
  router.get('/undo-address/:token', ctx => undoing.page(ctx))
  router.post('/undo-address/:token', read, ctx => undoing.submit(ctx))
  for (const link of LINKS) {
    router.get(`/${link}/:token`, ctx => links.page(ctx, link))
    router.post(`/${link}/:token`, accept, ctx => links.submit(ctx, link))
  }
  return router
}
