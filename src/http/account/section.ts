import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountPages } from './page-data.ts'

export type SecurityPage = AccountPages['account/security']

/** Shows the page again, telling what was wrong in place of what it says otherwise. */
export type Again = (problems: Partial<SecurityPage>) => Promise<void>

/** A form of the security page. */
export type SecurityForm = (ctx: Context, visit: Visit, again: Again) => Promise<void>
