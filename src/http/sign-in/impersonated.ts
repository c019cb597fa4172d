import type { Turn } from './turn.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/impersonated': SignInPage & {
      /** what only the person could do: allow something, sign in, or choose another account than one that is kept out */
      missing: 'consent' | 'login' | 'access'
    }
  }
}

/**
 * What an application asks for while an administrator acts as the person: no one can allow anything, sign in, or prove a
 * factor in the person's place, so every step of a sign-in is answered with this page.
 */
export function impersonatedPage(turn: Turn): void {
  turn.ctx.status = 403
  turn.show('interaction/impersonated', { missing: turn.interaction.prompt })
}

/** What the application is told, if that is not what it is told otherwise. */
export function impersonatedReason(turn: Turn) {
  const { impersonated, prompt } = turn.interaction
  if (!(turn.ctx.state.impersonation || impersonated) || prompt === 'access') return null
  const [error, what] =
    prompt === 'login'
      ? (['login_required', 'End-User authentication is required'] as const)
      : (['access_denied', 'the End-User has not allowed this'] as const)
  return { error, error_description: `${what}, and an administrator acts in their place` }
}
