import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { Interaction } from '../../oidc/interaction.ts'
import { keepLocale } from '../asked-locale.ts'
import type { Context, Handler, State } from '../context.ts'
import { KnownDevices } from '../known-devices.ts'
import { allowAppTarget } from '../middleware/security-headers.ts'
import { Admission } from './admission.ts'
import { Arriving } from './arriving.ts'
import { Connecting } from './connecting.ts'
import { Consenting } from './consent.ts'
import { Enrolling } from './enrol.ts'
import { GuestPages } from './guest-pages.ts'
import { Introducing } from './introducing.ts'
import { Leaving } from './leaving.ts'
import { LostFactors } from './lost-factors.ts'
import { SigningInByMail } from './mail.ts'
import { SigningInByLink } from './mail-link.ts'
import { type Leave, leaveFor, type Parts } from './parts.ts'
import { Passage } from './passage.ts'
import { SigningInByPasskey } from './passkey.ts'
import { SavingCodes } from './recovery-codes.ts'
import { Registering } from './register.ts'
import { SecondStep } from './second-factor.ts'
import { SigningIn } from './sign-in.ts'
import { showStep } from './steps.ts'

type Page = (ctx: Context, interaction: Interaction, leave: Leave) => Promise<void> | void

/** The pages between an application's request and its answer: one address an interaction, one form an action. */
export function interactionRoutes(parts: Parts): Router<State, DefaultContext> {
  const { interactions, forms } = parts
  const router = new Router<State, DefaultContext>({ sensitive: true, prefix: '/interaction/:uid' })
  const knownDevices = new KnownDevices(parts.app.config)
  const passage = new Passage(parts, knownDevices)
  const admission = new Admission(parts, passage)
  const connecting = new Connecting(parts, passage)
  const introducing = new Introducing(parts, passage, admission)
  const guests = new GuestPages(parts, passage, connecting, introducing)
  const signingIn = new SigningIn(parts, knownDevices, admission, passage, guests)
  const leaving = new Leaving(parts, signingIn)
  const arriving = new Arriving(parts, passage, admission)
  const byPasskey = new SigningInByPasskey(parts, admission, passage, signingIn)
  const byMail = new SigningInByMail(parts, knownDevices, passage, guests)
  const byLink = new SigningInByLink(parts, passage)
  const registering = new Registering(parts, passage, admission)
  const secondStep = new SecondStep(parts, knownDevices, passage)
  const enrolling = new Enrolling(parts, passage)
  const savingCodes = new SavingCodes(parts, passage)
  const lostFactors = new LostFactors(parts, passage)
  const consenting = new Consenting(parts)
  const step = showStep({ passage, admission, leaving, secondStep, enrolling, savingCodes })

  const at = (page: Page): Handler => {
    return async ctx => {
      const browser = forms.browser(ctx)
      const interaction = await interactions.find(ctx.req, ctx.res, { uid: String(ctx.params.uid), browser })
      ctx.state.askedLocale = keepLocale(ctx, interaction.parameter('ui_locales'), parts.app.config)
      allowAppTarget(ctx, interaction.parameter('redirect_uri'))
      if (ctx.method === 'POST' && forms.genuine(ctx)) await interaction.prolong()
      await page(ctx, interaction, leaveFor(interaction, parts))
    }
  }
  const root: Page = (ctx, interaction, leave) =>
    interaction.prompt === 'login' ? step(ctx, interaction, leave) : consenting.page(ctx, interaction)
  const abort: Page = async (ctx, interaction, leave) => leave(ctx, await interaction.aborted())

  const opened: Record<string, Page> = {
    '/': root,
    '/register': (ctx, interaction) => registering.page(ctx, interaction),
    '/continue': (...here) => admission.proceed(...here),
    '/arrived': (...here) => arriving.enter(...here),
    '/mail': (ctx, interaction) => byMail.page(ctx, interaction),
  }
  // `read`: the page asks by itself whether the form is genuine, and is shown again rather than lose what was typed.
  const { read, accept } = forms
  const posted: Record<string, [Handler, Page]> = {
    '/sign-in': [read, (...here) => signingIn.submit(...here)],
    '/passkey': [read, (...here) => byPasskey.submit(...here)],
    '/upstream': [read, (ctx, interaction) => leaving.submit(ctx, interaction)],
    '/introduce': [read, (...here) => introducing.submit(...here)],
    '/reclaim': [accept, (...here) => connecting.reclaim(...here)],
    '/decline': [accept, (...here) => connecting.decline(...here)],
    '/mail': [read, (...here) => byMail.send(...here)],
    '/mail-code': [read, (...here) => byMail.code(...here)],
    '/register': [read, (...here) => registering.submit(...here)],
    '/code': [read, (...here) => secondStep.code(...here)],
    '/recovery-code': [read, (...here) => secondStep.recoveryCode(...here)],
    '/passkey-factor': [read, (...here) => secondStep.passkey(...here)],
    '/lost-factors': [accept, (...here) => lostFactors.submit(...here)],
    '/resend': [accept, (...here) => admission.resend(...here)],
    '/prove-address': [accept, (...here) => admission.sendProof(...here)],
    '/enrol-app': [read, (...here) => enrolling.app(...here)],
    '/enrol-passkey': [read, (...here) => enrolling.passkey(...here)],
    '/skip': [accept, (...here) => enrolling.skip(...here)],
    '/codes-saved': [accept, (...here) => savingCodes.saved(...here)],
    '/consent': [accept, (...here) => consenting.submit(...here)],
    '/abort': [accept, abort],
  }
  const look = at((ctx, interaction) => byLink.page(ctx, interaction))
  const enter = at((...here) => byLink.submit(...here))
  router.get('/mail/:token', byLink.here, look)
  router.post('/mail/:token', accept, byLink.here, enter)
  for (const [path, page] of Object.entries(opened)) router.get(path, at(page))
  for (const [path, [form, page]] of Object.entries(posted)) router.post(path, form, at(page))
  return router
}
