import { z } from 'zod'
import { InvalidInput } from '../../../base/refusals.ts'
import { action, text } from '../action.ts'

const PasswordChange = z
  .strictObject({
    current: text(1024).optional().meta({ description: 'Left out if the account has no password.' }),
    next: text(1024).meta({ description: '8 to 256 characters, and none of the most common passwords.' }),
    end_other_sessions: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether all other browsers and applications are signed out.' }),
  })
  .meta({ title: 'PasswordChange' })

/** Changing, removing and setting the password. */
export const actions = [
  action({
    name: 'changePassword',
    method: 'put',
    path: '/password',
    recent: true,
    body: PasswordChange,
    fields: { password: 'next' },
    refusals: { wrong_credentials: 'wrong', too_many_attempts: 'too-many-attempts' },
    about: 'current',
    form: { page: 'security', notice: 'password', keeps: ['end_other_sessions'] },
    api: {
      summary: 'Changes the password, or sets one if the account has none',
      description:
        'Needs the current password, if there is one; wrong ones count as failed sign-ins. The person is emailed. All other ' +
        'browsers and applications are signed out, except the browser in which this application was authorized.',
      refuses: [503],
    },
    async does({ app, account, body: { current, next, end_other_sessions: endOthers }, by, session, browser }) {
      const who = await account()
      const hasPassword = await app.passwords.has(who)
      if (hasPassword !== (current !== undefined))
        throw new InvalidInput({ current: hasPassword ? 'required' : 'wrong' })
      if (current === undefined) await app.passwordChanges.add(who, next, { by })
      else {
        const change = { current, next, endOthers, exceptSession: session, browserTokens: browser?.browserTokens }
        await app.passwordChanges.change(who, change, { by })
      }
      await browser?.keepKnown(who)
    },
  }),
  action({
    name: 'removePassword',
    method: 'delete',
    path: '/password',
    recent: true,
    refusals: { last_sign_in_method: 'last-sign-in-method' },
    about: 'current',
    form: { page: 'security', notice: 'password-removed' },
    api: {
      summary: 'Removes the password of an account that has another sign-in method',
      description:
        'A passkey or a connected account at a provider is enough; without either, 403, `last_sign_in_method`. The person is emailed.',
    },
    does: async ({ app, account, by }) => app.passwordChanges.remove(await account(), { by }),
  }),
]
