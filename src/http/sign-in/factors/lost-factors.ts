import type { Actor } from '../../../base/actor.ts'
import { form } from '../../kit/pages/route.ts'
import { currentDecision } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/lost-factors': SignInPage & {
      email: string
      /** when the factors are removed, if that was confirmed before; null: an email asks for confirmation */
      due: Date | null
      mailbox: boolean
    }
  }
}

/** Reporting all second factors lost: they are removed after a delay, unless that is cancelled by email. */
export const lostFactorsRoutes = [form('/lost-factors', report, { leavesRecord: true })]

async function report(turn: Turn): Promise<void> {
  const { app, browser } = turn
  const decision = await currentDecision(turn)
  // A session alone is not enough, since it may be stolen.
  if (decision?.step !== 'second-factor' || decision.signIn.progress.carriedFrom !== null) return turn.restart()
  const { account } = decision.signIn
  const by: Actor = { ...turn.by, kind: 'account', id: account.id }
  await app.factorLoss.report(account, { by, browser })
  const due = await app.factorResets.pending(account)
  turn.show('interaction/lost-factors', { email: account.email, due, mailbox: app.config.mailbox })
}
