import { z } from 'zod'
import { Forbidden } from '../../../../base/refusals.ts'
import { DEFAULT_MINUTES } from '../../../../lifecycle/impersonation/impersonations.ts'
import { PURPOSES } from '../../../../links/purposes.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

/** What lets a person sign in, or keeps them from it. */

const Impersonation = z
  .object({
    id: z.uuid().meta({ description: 'The `target` of its audit events.' }),
    administrator: z.uuid().meta({ description: 'The ID of the account of the administrator.' }),
    reason: z.string(),
    minutes: z.int().meta({ description: 'How long at most.' }),
    opened_at: moment,
    started_at: moment.nullable().meta({ description: 'Null if the link was not used.' }),
    ends_at: moment.nullable().meta({ description: 'When it ends at the latest.' }),
    ended_at: moment.nullable(),
  })
  .meta({ id: 'Impersonation' })

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

  createImpersonation: route({
    method: 'post',
    path: '/accounts/:account/impersonations',
    permission: 'accounts:impersonate',
    summary: 'Create a link with which you act as a person for some minutes, for support',
    description:
      'Only you can use it: once, within 5 minutes, in a browser in which you are signed in, with a second factor. You can ' +
      'look at the account of the person, and change nothing in it. Applications let you do what the person may, and are ' +
      'told who acts (`act`). Not for a person who has a permission that you lack or, unless you are a superuser, a role ' +
      'that you lack. The person gets an email with the reason. A machine cannot do this.',
    refuses: [403],
    body: z
      .strictObject({
        reason: z
          .string()
          .max(1000, 'too-long')
          .meta({ description: 'Why: 10 to 500 characters. The person reads it.' }),
        minutes: z.int().default(DEFAULT_MINUTES).meta({ description: 'How long at most: 1 to 60.' }),
      })
      .meta({ title: 'NewImpersonation' }),
    answer: z.object({ url: z.string(), expires_at: moment }).meta({ id: 'ImpersonationLink' }),
    async does({ app, by, account, body }) {
      if (by.kind !== 'account' || !by.id)
        throw new Forbidden('only a person can act as someone else, and a machine cannot')
      const administrator = await app.accounts.find(by.id)
      const { token, expiresAt } = await app.impersonations.open(account, { administrator, ...body }, { by })
      return { url: `${app.config.issuer}/impersonation/${token}`, expires_at: expiresAt.toISOString() }
    },
  }),

  listImpersonations: route({
    method: 'get',
    path: '/accounts/:account/impersonations',
    permission: 'accounts:read',
    summary: 'List when administrators acted as a person, and why, newest first',
    answer: z.object({ impersonations: z.array(Impersonation) }),
    async does({ app, account }) {
      const all = await app.impersonations.list(account)
      return { impersonations: all.map(each => json(each.summary()) as z.input<typeof Impersonation>) }
    },
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
