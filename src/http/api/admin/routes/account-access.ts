import { z } from 'zod'
import { PURPOSES } from '../../../../links/purposes.ts'
import { route } from '../route.ts'
import { moment } from '../values.ts'

/** What lets a person sign in, or keeps them from it. */
export const accountAccess = {
  suspendAccount: route({
    method: 'put',
    path: '/accounts/:account/suspension',
    permission: 'accounts:suspend',
    summary: 'Block sign-in to an account, and end its sessions and tokens at once',
    description: 'The last superuser cannot be suspended.',
    refuses: [403],
    async does({ app, by, account }) {
      await app.suspension.suspend(account.id, { by })
    },
  }),

  reinstateAccount: route({
    method: 'delete',
    path: '/accounts/:account/suspension',
    permission: 'accounts:suspend',
    summary: 'Allow a suspended account to sign in again',
    async does({ app, by, account }) {
      await app.suspension.reinstate(account.id, { by })
    },
  }),

  unlockAccount: route({
    method: 'delete',
    path: '/accounts/:account/attempts',
    permission: 'accounts:write',
    summary: 'Reset the attempt limits of an account after too many wrong passwords or codes',
    does: ({ app, by, account }) => app.throttledVerification.unlock(account, { by }),
  }),

  resetFactors: route({
    method: 'delete',
    path: '/accounts/:account/factors',
    permission: 'accounts:factors',
    summary: 'Remove all second factors of an account whose owner has lost them',
    description: 'The owner is notified by email. Make sure first that the request is really theirs.',
    refuses: [409],
    does: ({ app, by, account }) => app.factorResets.now(account, { by }),
  }),

  createPasswordLink: route({
    method: 'post',
    path: '/accounts/:account/password-links',
    permission: 'accounts:factors',
    summary: 'Create a link with which a person sets a new password',
    description: 'It works once, for an hour, and replaces earlier ones. Gatehouse does not send it.',
    answer: z.object({ url: z.string(), expires_at: moment }).meta({ id: 'PasswordLink' }),
    async does({ app, by, account }) {
      const { token } = await app.passwordReset.link(account.id, { by })
      const expiresAt = new Date(app.clock.now().getTime() + PURPOSES['reset-password'].life * 1000)
      return { url: `${app.config.issuer}/reset-password/${token}`, expires_at: expiresAt.toISOString() }
    },
  }),
}
