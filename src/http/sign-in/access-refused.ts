import { form } from '../kit/pages/route.ts'
import type { Step, Turn } from './turn.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/access-refused': SignInPage & {
      /** target of the same form to continue with another account; null if the application expects this one */
      anotherAccountAction: string | null
      account: { name: string | null; email: string }
    }
  }
}

/** The page for a person whose roles keep them out of the application: they go back to it, or use another account. */
export const accessRefusedRoutes: Step[] = [{ ...form('/another-account', useAnotherAccount), prompt: 'access' }]

/** A reload continues as soon as the person has access. */
export async function accessRefusedPage(turn: Turn): Promise<void> {
  const { interaction } = turn
  const person = await interaction.keptOut()
  if (!person) return turn.leave(await interaction.proceed())
  const { name, email } = person
  const action = interaction.request.expectsPerson ? null : turn.action('another-account')
  turn.show('interaction/access-refused', { anotherAccountAction: action, account: { name, email } })
}

/** With no other account signed in here, the sign-in page comes at once. */
async function useAnotherAccount(turn: Turn): Promise<void> {
  const { interaction } = turn
  const { length } = await interaction.accounts()
  await interaction.useAnotherAccount()
  if (length > 1) turn.restart()
  else turn.redirect(turn.action('sign-in'))
}
