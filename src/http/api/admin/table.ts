import type { Route } from './route.ts'
import { accountAccess } from './routes/account-access.ts'
import { accountRoles } from './routes/account-roles.ts'
import { accountSessions } from './routes/account-sessions.ts'
import { accounts } from './routes/accounts.ts'
import { audit } from './routes/audit.ts'
import { clientClaims } from './routes/client-claims.ts'
import { clientSecrets } from './routes/client-secrets.ts'
import { clients } from './routes/clients.ts'
import { keys } from './routes/keys.ts'
import { mail } from './routes/mail.ts'
import { providers } from './routes/providers.ts'
import { registrationTokens } from './routes/registration-tokens.ts'
import { resources } from './routes/resources.ts'
import { roles } from './routes/roles.ts'
import { webhookDeliveries } from './routes/webhook-deliveries.ts'
import { webhooks } from './routes/webhooks.ts'

/** Every operation of the API for administrators, by the name that it has in the OpenAPI document. */
export const OPERATIONS = {
  ...{
    ...accounts,
    ...accountAccess,
    ...accountRoles,
    ...accountSessions,
    ...roles,
    ...webhooks,
    ...webhookDeliveries,
  },
  ...{ ...clients, ...clientSecrets, ...clientClaims, ...registrationTokens, ...resources },
  ...{ ...providers, ...keys, ...audit, ...mail },
}

/** The same for what reads the table as a whole. */
export const ROUTES: readonly [name: string, Route][] = Object.entries(OPERATIONS) as never
