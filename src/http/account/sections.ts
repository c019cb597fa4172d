import type { Action } from './action.ts'
import type { Layout, PageName } from './page.ts'
import { applicationActions, applications } from './sections/applications.ts'
import { data, dataActions, exportPage } from './sections/data.ts'
import { emailActions } from './sections/email.ts'
import { authenticatorApp, factorActions } from './sections/factors.ts'
import { history, historyActions } from './sections/history.ts'
import { identityActions } from './sections/identities.ts'
import { overview } from './sections/overview.ts'
import { passkeyActions } from './sections/passkeys.ts'
import { passwordActions } from './sections/password.ts'
import { profile, profileActions } from './sections/profile.ts'
import { security } from './sections/security.ts'
import { sessionActions, sessions } from './sections/sessions.ts'

/** Everything that people can do with their own account, by a form or through the API. */
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

/** The account pages, each with the view of its name: `views/account/security.eta`. */
export const pages = {
  overview,
  profile,
  security,
  'authenticator-app': authenticatorApp,
  sessions,
  history,
  applications,
  data,
  export: exportPage,
} satisfies Record<PageName, { path: string }>

/** The data of each view: the layout, and that of its page. */
export type AccountPages = {
  [Name in PageName as `account/${Name}`]: Layout & Awaited<ReturnType<(typeof pages)[Name]['data']>>
} & {
  /** `host`: of this server, for the name of the file. */
  'account/recovery-codes': Layout & { codes: string[]; host: string }
}
