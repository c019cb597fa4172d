import type { Route } from './route.ts'
import { accountAccess } from './routes/account-access.ts'
import { accountRoles } from './routes/account-roles.ts'
import { accountSessions } from './routes/account-sessions.ts'
import { accounts } from './routes/accounts.ts'
import { roles } from './routes/roles.ts'

/** Every operation of the API for administrators, by the name that it has in the OpenAPI document. */
export const OPERATIONS = { ...accounts, ...accountAccess, ...accountRoles, ...accountSessions, ...roles }

/** The same for what reads the table as a whole. */
export const ROUTES: readonly [name: string, Route][] = Object.entries(OPERATIONS) as never
