import type { Decision } from '../../../login/sign-in-requirements.ts'
import { form } from '../../kit/pages/route.ts'
import { advance, findSignIn } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/recovery-codes': SignInPage & {
      action: string
      codes: string[]
      /** of this server, for the name of the file */
      host: string
    }
  }
}

/** The recovery codes that come with the first second factor, shown until the person confirms having saved them. */
export const recoveryCodesRoutes = [form('/codes-saved', saved)]

export function recoveryCodesPage(turn: Turn, { signIn }: Decision): void {
  const { pendingSignIns, config } = turn.app
  const { host } = new URL(config.issuer)
  turn.show('interaction/recovery-codes', {
    action: turn.action('codes-saved'),
    codes: pendingSignIns.recoveryCodes(signIn),
    host,
  })
}

async function saved(turn: Turn): Promise<void> {
  const signIn = await findSignIn(turn)
  if (!signIn) return turn.restart()
  await advance(turn, turn.app.pendingSignIns.withRecoveryCodes(signIn, null))
}
