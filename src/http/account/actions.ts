import type { Context } from '../kit/request/context.ts'
import type { Action } from './action.ts'
import { applicationActions } from './actions/applications.ts'
import { dataActions } from './actions/data.ts'
import { emailActions } from './actions/email.ts'
import { factorActions } from './actions/factors.ts'
import { historyActions } from './actions/history.ts'
import { identityActions } from './actions/identities.ts'
import { passkeyActions } from './actions/passkeys.ts'
import { passwordActions } from './actions/password.ts'
import { profileActions } from './actions/profile.ts'
import { sessionActions } from './actions/sessions.ts'

/** Everything that people do with their own account, by a form or by a program. */
export const ACTIONS: readonly Action[] = [
  profileActions,
  passwordActions,
  emailActions,
  factorActions,
  passkeyActions,
  identityActions,
  sessionActions,
  historyActions,
  applicationActions,
  dataActions,
].flat()

/** Which of several the path names; empty where there is one. */
export function itemOf(ctx: Context): string {
  const [item = ''] = Object.values(ctx.params as Record<string, string>)
  // No id holds one, and PostgreSQL takes no text that does.
  if (item.includes('\0')) ctx.throw(404)
  return item
}
