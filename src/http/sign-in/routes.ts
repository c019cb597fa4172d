import { form, handleRoute, page } from '../kit/pages/route.ts'
import { createRoutes, type Handler, type Routes } from '../kit/request/context.ts'
import { keepLocale } from '../kit/request/locale.ts'
import { allowAppTarget } from '../middleware/security-headers.ts'
import { accessRefusedRoutes } from './access-refused.ts'
import { emailLinkRoutes } from './by-email/email-link.ts'
import { emailSignInRoutes } from './by-email/email-sign-in-page.ts'
import { emailVerificationRoutes } from './by-email/email-verification.ts'
import { chooseAccountRoutes } from './choose-account.ts'
import { consentRoutes } from './consent.ts'
import { showStep } from './current-step.ts'
import { factorSetupRoutes } from './factors/factor-setup.ts'
import { lostFactorsRoutes } from './factors/lost-factors.ts'
import { recoveryCodesRoutes } from './factors/recovery-codes.ts'
import { secondFactorRoutes } from './factors/second-factor.ts'
import { impersonatedPage, impersonatedReason } from './impersonated.ts'
import { registerRoutes } from './register.ts'
import { signInRoutes } from './sign-in-page.ts'
import { type Parts, type Step, Turn } from './turn.ts'
import { linkAccountRoutes } from './upstream/link-account.ts'
import { justInTimeRegistrationRoutes } from './upstream/missing-email.ts'
import { pendingIdentityRoutes } from './upstream/pending-identity.ts'
import { upstreamRequestRoutes } from './upstream/upstream-request.ts'
import { upstreamResultRoutes } from './upstream/upstream-result.ts'

const ABORT = '/abort'

/** The pages between an application's request and its response: one address per interaction, one form per action. */
export const ROUTES: readonly Step[] = [
  { ...page('/', showStep), prompt: 'any' },
  {
    ...form(ABORT, async (turn: Turn) => turn.leave(await turn.interaction.cancel(impersonatedReason(turn)))),
    prompt: 'any',
  },
  ...chooseAccountRoutes,
  ...signInRoutes,
  ...upstreamRequestRoutes,
  ...upstreamResultRoutes,
  ...pendingIdentityRoutes,
  ...linkAccountRoutes,
  ...justInTimeRegistrationRoutes,
  ...emailSignInRoutes,
  ...emailLinkRoutes,
  ...registerRoutes,
  ...emailVerificationRoutes,
  ...secondFactorRoutes,
  ...lostFactorsRoutes,
  ...factorSetupRoutes,
  ...recoveryCodesRoutes,
  ...accessRefusedRoutes,
  ...consentRoutes,
]

const recorded = ROUTES.filter(({ leavesRecord }) => leavesRecord).map(({ path }) => path)

/** The forms here that leave a record: they are counted before they wait for a slot in the queue (middleware/queued-sign-ins.ts). */
export const LEAVES_RECORD = new RegExp(`^/interaction/[^/]+(?:${recorded.join('|')})$`)

export function interactionRoutes(parts: Parts): Routes {
  const router = createRoutes('/interaction/:uid')
  for (const step of ROUTES) {
    if (step.method === 'get') router.get(step.path, at(step, parts))
    else router.post(step.path, parts.forms.read, at(step, parts))
  }
  return router
}

/** Makes a handler of a step: finds the interaction and checks that the step belongs to its prompt. */
function at({ prompt = 'login', before, ...route }: Step, parts: Parts): Handler {
  const { app, interactions, forms } = parts
  return async ctx => {
    // `before` answers without an interaction, so a form is checked first. `handleRoute` checks the others.
    if (before && route.method === 'post') forms.verifyToken(ctx)
    if (!ctx.state.impersonation && (await before?.(parts, ctx))) return
    const browser = forms.browserId(ctx)
    const interaction = await interactions.find(ctx, { uid: String(ctx.params.uid), browser })
    ctx.state.requestedLocale = keepLocale(ctx, interaction.request.parameter('ui_locales'), app.config)
    allowAppTarget(ctx, interaction.request.parameter('redirect_uri'))
    ctx.state.notes.client = interaction.client.id
    const turn = new Turn(parts, ctx, interaction)
    if ((ctx.state.impersonation || interaction.impersonated) && route.path !== ABORT) return impersonatedPage(turn)
    if (prompt !== 'any' && prompt !== interaction.prompt) return turn.restart()
    const handle = async () => {
      if (route.method === 'post') await interaction.extend()
      await route.handle(turn)
    }
    const refusals = { signed_out: () => turn.restart(), ...route.refusals }
    await handleRoute({ ...route, handle, refusals }, turn)
  }
}
