import type { Actor } from '../../../base/actor.ts'
import { form } from '../../kit/pages/route.ts'
import { standing } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    /** A person has said that all their second factors are lost. */
    'interaction/lost-factors': SignInPage & {
      email: string
      /** when they go, where that was confirmed before; null: an email asks whether it was them */
      due: Date | null
      /** emails are shown there, and go nowhere else */
      mailbox: boolean
    }
  }
}

/** For an owner who knows the password and has lost all else: the factors go after some days, unless an email stops it. */
export const lostFactorsRoutes = [form('/lost-factors', report, { leavesRecord: true })]

async function report(turn: Turn): Promise<void> {
  const { app, browser } = turn
  const decision = await standing(turn)
  // A session that may be stolen is not enough to begin this.
  if (decision?.step !== 'second-factor' || decision.signIn.progress.carriedFrom !== null) return turn.restart()
  const { account } = decision.signIn
  const by: Actor = { ...turn.by, kind: 'account', id: account.id }
  await app.factorLoss.report(account, { by, browser })
  const due = await app.factorResets.pending(account)
  turn.show('interaction/lost-factors', { email: account.email, due, mailbox: app.config.mailbox })
}
