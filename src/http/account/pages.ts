import type { Layout, PageName } from './page.ts'
import { applications } from './pages/applications.ts'
import { authenticatorApp } from './pages/authenticator-app.ts'
import { data, exported } from './pages/data.ts'
import { history } from './pages/history.ts'
import { overview } from './pages/overview.ts'
import { profile } from './pages/profile.ts'
import { security } from './pages/security.ts'
import { sessions } from './pages/sessions.ts'

/** The pages of a person's own account, each with the view of its name: `views/account/security.eta`. */
export const pages = {
  overview,
  profile,
  security,
  'authenticator-app': authenticatorApp,
  sessions,
  history,
  applications,
  data,
  export: exported,
} satisfies Record<PageName, { path: string }>

/** What each view is told: the layout, and what its page says. */
export type AccountPages = {
  [Name in PageName as `account/${Name}`]: Layout & Awaited<ReturnType<(typeof pages)[Name]['data']>>
} & {
  /** Shown once. `host`: whose they are, for the file they are kept in. */
  'account/recovery-codes': Layout & { codes: string[]; host: string }
}
