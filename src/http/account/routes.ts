import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import type { State } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Show } from '../show.ts'
import { AddressSection } from './address.ts'
import { Applications } from './applications.ts'
import { AuthenticatorAppSection } from './authenticator-app.ts'
import { ConnectionsSection } from './connections.ts'
import { Data } from './data.ts'
import { Door, type Page } from './door.ts'
import { Frame } from './frame.ts'
import { History } from './history.ts'
import { Overview } from './overview.ts'
import type { AccountParts } from './parts.ts'
import { PasskeysSection } from './passkeys.ts'
import { PasswordSection } from './password.ts'
import { Profile } from './profile.ts'
import { RecoveryCodesSection } from './recovery-codes.ts'
import type { SecurityForm } from './section.ts'
import { Security } from './security.ts'
import { SessionsPage } from './sessions.ts'
import { TrustedBrowsersSection } from './trusted-browsers.ts'

/** What people do with their own account. What could hurt asks for a recent sign-in. */
export function accountRoutes({
  app,
  current,
  forms,
  show,
}: {
  app: App
  current: CurrentProvider
  forms: Forms
  show: Show
}) {
  const router = new Router<State, DefaultContext>({ sensitive: true, prefix: '/account' })
  const { open, recent, callback } = boundDoor(new Door({ app, current, forms }))
  const parts: AccountParts = { app, current, show, frame: new Frame({ app, forms }), forms }
  const overview = new Overview(parts)
  const profile = new Profile(parts)
  const recoveryCodes = new RecoveryCodesSection(parts)
  const authenticatorApp = new AuthenticatorAppSection(parts, recoveryCodes)
  const trustedBrowsers = new TrustedBrowsersSection(parts)
  const password = new PasswordSection(parts)
  const passkeys = new PasskeysSection(parts, recoveryCodes)
  const connections = new ConnectionsSection(parts)
  const address = new AddressSection(parts)
  const sections = { password, passkeys, connections, authenticatorApp, recoveryCodes, trustedBrowsers, address }
  const security = new Security(parts, sections)
  const sessions = new SessionsPage(parts)
  const history = new History(parts)
  const applications = new Applications(parts)
  const data = new Data(parts)
  const posted = forms.readHere

  router.get(
    '/',
    open((ctx, visit) => overview.page(ctx, visit)),
  )
  router.get('/callback', callback)
  router.get(
    '/profile',
    open((ctx, visit) => profile.page(ctx, visit)),
  )
  router.post(
    '/profile',
    posted,
    open(
      (ctx, visit) => profile.save(ctx, visit),
      (ctx, visit) => profile.page(ctx, visit),
    ),
  )
  router.post(
    '/verification',
    posted,
    open((ctx, visit) => address.sendVerification(ctx, visit)),
  )
  const securityForms: Record<string, SecurityForm> = {
    '/password': (ctx, visit, again) => password.change(ctx, visit, again),
    '/set-password': (ctx, visit, again) => password.set(ctx, visit, again),
    '/remove-password': (ctx, visit) => password.remove(ctx, visit),
    '/add-passkey': (ctx, visit, again) => passkeys.add(ctx, visit, again),
    '/rename-passkey': (ctx, visit, again) => passkeys.rename(ctx, visit, again),
    '/remove-passkey': (ctx, visit, again) => passkeys.remove(ctx, visit, again),
    '/connect': (ctx, visit, again) => connections.connect(ctx, visit, again),
    '/disconnect': (ctx, visit, again) => connections.disconnect(ctx, visit, again),
    '/address': (ctx, visit, again) => address.change(ctx, visit, again),
  }
  const page: Page = (ctx, visit) => security.page(ctx, visit)
  router.get('/security', recent(page))
  for (const [path, submit] of Object.entries(securityForms)) {
    const send: Page = (ctx, visit) => submit(ctx, visit, problems => security.page(ctx, visit, problems))
    router.post(path, posted, recent(send, path === '/address' ? page : undefined))
  }
  router.get(
    '/arrived',
    recent((ctx, visit) => connections.arrived(ctx, visit, problems => security.page(ctx, visit, problems))),
  )
  router.get(
    '/authenticator-app',
    recent((ctx, visit) => authenticatorApp.page(ctx, visit)),
  )
  router.post(
    '/authenticator-app',
    posted,
    recent((ctx, visit) => authenticatorApp.add(ctx, visit)),
  )
  router.post(
    '/remove-authenticator-app',
    posted,
    recent((ctx, visit) => authenticatorApp.remove(ctx, visit)),
  )
  router.post(
    '/recovery-codes',
    posted,
    recent((ctx, visit) => recoveryCodes.make(ctx, visit)),
  )
  router.post(
    '/distrust',
    posted,
    recent((ctx, visit) => trustedBrowsers.distrust(ctx, visit)),
  )
  router.post(
    '/distrust-all',
    posted,
    recent((ctx, visit) => trustedBrowsers.distrustAll(ctx, visit)),
  )
  router.post(
    '/keep-factors',
    posted,
    recent((ctx, visit) => security.keepFactors(ctx, visit)),
  )
  router.get(
    '/sessions',
    open((ctx, visit) => sessions.page(ctx, visit)),
  )
  router.post(
    '/end-session',
    posted,
    open((ctx, visit) => sessions.end(ctx, visit)),
  )
  router.post(
    '/end-other-sessions',
    posted,
    open((ctx, visit) => sessions.endOthers(ctx, visit)),
  )
  router.get(
    '/history',
    open((ctx, visit) => history.page(ctx, visit)),
  )
  router.get(
    '/applications',
    open((ctx, visit) => applications.page(ctx, visit)),
  )
  router.post(
    '/withdraw',
    posted,
    open((ctx, visit) => applications.withdraw(ctx, visit)),
  )
  router.get(
    '/data',
    recent((ctx, visit) => data.page(ctx, visit)),
  )
  router.get(
    '/export.json',
    recent((ctx, visit) => data.json(ctx, visit)),
  )
  router.get(
    '/export.html',
    recent((ctx, visit) => data.html(ctx, visit)),
  )
  router.post(
    '/delete',
    posted,
    recent((ctx, visit) => data.scheduleDeletion(ctx, visit)),
  )
  router.post(
    '/keep',
    posted,
    open((ctx, visit) => data.cancelDeletion(ctx, visit)),
  )
  return router
}

function boundDoor(door: Door) {
  return { open: door.open.bind(door), recent: door.recent.bind(door), callback: door.callback }
}
