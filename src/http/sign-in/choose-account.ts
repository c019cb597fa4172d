import { form } from '../kit/pages/route.ts'
import type { Turn } from './turn.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/choose-account': SignInPage & {
      action: string
      accounts: { id: string; name: string | null; email: string }[]
      /** the form was not sent from this page, or the page was open for too long */
      expired: boolean
    }
  }
}

/**
 * The account chooser (`prompt=select_account`): a person continues as one of the accounts that are signed in in this
 * browser, or adds another by signing in to it. It is shown for a single account too.
 */
export const chooseAccountRoutes = [
  form<Turn, 'expired' | 'ended'>('/account', choose, {
    // `ended`: the session of that account has ended since the page was opened.
    refusals: { forbidden_form: 'expired', not_found: 'ended' },
    async onRefusal(turn, { code }) {
      if (code === 'ended' || !(await chooseAccountPage(turn, { expired: true }))) turn.restart()
    },
  }),
]

/** @returns false if no one is signed in here: then the person signs in as usual */
export async function chooseAccountPage(turn: Turn, { expired = false } = {}): Promise<boolean> {
  const accounts = await turn.interaction.accounts()
  if (accounts.length === 0) return false
  const shown = accounts.map(({ person: { id, name, email } }) => ({ id, name, email }))
  turn.show('interaction/choose-account', { action: turn.action('account'), accounts: shown, expired })
  return true
}

async function choose(turn: Turn): Promise<void> {
  turn.leave(await turn.interaction.chooseAccount(turn.field('account')))
}
